"""Door: the scoring service; `python api_main.py` or `uvicorn api_main:app` serves it."""

from mlops_pipeline.api.app import create_app, serve
from mlops_pipeline.settings import load_settings

settings = load_settings()
app = create_app(settings)

if __name__ == "__main__":
    serve(app, settings)

"""Door: the scoring service; `python api_main.py` or `uvicorn api_main:app` serves it."""

from mlops_pipeline.api.app import create_app, serve
from mlops_pipeline.api.logs import configure_logging
from mlops_pipeline.settings import load_settings

settings = load_settings()
configure_logging(settings.log_level)
app = create_app(settings)

if __name__ == "__main__":
    serve(app, settings)

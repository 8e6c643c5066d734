"""Door: the dashboard; `streamlit run app_streamlit.py` serves it on port 8501."""

from mlops_pipeline.dashboard.app import main
from mlops_pipeline.settings import load_settings

main(load_settings())

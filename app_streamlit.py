"""Door: the dashboard; `streamlit run app_streamlit.py` serves it on port 8501."""

from mlops_pipeline.dashboard.app import main

main()

"""The page: theme, sidebar and six tabs, of which only the open one computes."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from mlops_pipeline import messages
from mlops_pipeline.dashboard.filters import TAB
from mlops_pipeline.dashboard.sidebar import draw_sidebar
from mlops_pipeline.settings import load_settings

# A tab's module is imported when it is first opened.
MODULES = ("general", "features", "distribuciones", "temporal", "recomendaciones", "prediccion")


def main() -> None:
    """Draw the page once; with a setting that is not allowed, say which one and what is."""
    st.set_page_config(
        page_title=messages.PAGE_TITLE,
        page_icon="📊",
        layout="wide",
    )
    try:
        settings = load_settings()
    except SystemExit as error:  # in a page's thread it would leave the page empty
        st.title(messages.PAGE_TITLE)
        st.error(str(error), icon=":material/settings:")
        st.stop()
    view = draw_sidebar(settings)
    st.title(messages.PAGE_TITLE)
    tabs = st.tabs(list(messages.TABS), key=TAB, on_change="rerun", bind="query-params")
    for tab, module in zip(tabs, MODULES, strict=True):
        if tab.open:
            with tab:
                import_module(f"mlops_pipeline.dashboard.tabs.{module}").render(view)

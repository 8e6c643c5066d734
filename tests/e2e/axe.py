"""What axe says of a page, without what is Streamlit's own and cannot be changed from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_GRAVE = frozenset({"serious", "critical"})

# Rule -> parts of the selectors of Streamlit's own elements that break it, each with the reason.
STREAMLITS_OWN: Mapping[str, Mapping[str, str]] = {
    "color-contrast": {'class="token token': "the colours in which st.code sets a program"},
}


def grave_violations(page: Page) -> list[str]:
    """Give what is serious or critical and not excepted: rule, selector, HTML."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {selector} {node['html'][:300]}"
        for one in found
        if one["impact"] in _GRAVE
        for node in one["nodes"]
        for selector in [" ".join(map(str, node["target"]))]
        if not any(
            part in selector or part in node["html"] for part in STREAMLITS_OWN.get(one["id"], {})
        )
    ]

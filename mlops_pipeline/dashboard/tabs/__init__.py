"""One file a tab, each with `render(view)`; only the open tab's one is called.

A widget that must keep its value while another tab is open has a `key` and
`persist_state="session"`.
"""

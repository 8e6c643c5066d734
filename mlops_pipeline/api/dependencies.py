"""What routes of the framework ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from mlops_pipeline.api.state import State


def current_state(request: Request) -> State:
    """Give what the service works with."""
    state: State = request.app.state.service
    return state


Current = Annotated[State, Depends(current_state)]

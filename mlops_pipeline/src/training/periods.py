"""How many loans of which dates there are, and how many may still go late."""

from __future__ import annotations

from dataclasses import dataclass

from mlops_pipeline.src.data.moments import format_moment
from mlops_pipeline.src.data.splits import immature
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.training.bootstrap import Target


@dataclass(frozen=True, slots=True)
class Period:
    """The loans of one period.

    Attributes:
        term_not_run: loans whose term had not run when the file ends; they may still go late.
        late_not_run: the late ones among them.
        first, last: dates, `YYYY-MM-DD HH:MM:SS`.

    """

    loans: int
    late: int
    term_not_run: int
    late_not_run: int
    first: str
    last: str

    @property
    def late_rate(self) -> float:
        """The share of late loans."""
        return self.late / self.loans

    @property
    def immature_share(self) -> float:
        """The share of loans whose term had not run."""
        return self.term_not_run / self.loans

    @property
    def late_rate_not_run(self) -> float:
        """The share of late loans among those whose term had not run; NaN for none."""
        return _share(self.late_not_run, self.term_not_run)

    @property
    def late_rate_run(self) -> float:
        """The share of late loans among those whose term had run; NaN for none."""
        return _share(self.late - self.late_not_run, self.loans - self.term_not_run)


def _share(part: int, whole: int) -> float:
    """Give part ÷ whole, NaN where there is nothing."""
    return part / whole if whole else float("nan")


def period(loans: LoanTable, as_of: int) -> Period:
    """Say how many loans of which dates these are, at `as_of` (seconds since 1970-01-01)."""
    late, young = target_of(loans) == 0, immature(loans, as_of)
    return Period(
        loans=len(loans),
        late=int(late.sum()),
        term_not_run=int(young.sum()),
        late_not_run=int((late & young).sum()),
        first=format_moment(int(loans.seconds.min())),
        last=format_moment(int(loans.seconds.max())),
    )


def target_of(loans: LoanTable) -> Target:
    """Give the target of loans that were read with one.

    Raises:
        TypeError: they were read without it.

    """
    if loans.target is None:
        raise TypeError("these loans were read without their target")
    return loans.target

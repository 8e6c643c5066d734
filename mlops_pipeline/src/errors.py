"""Every error that this library raises on purpose.

PipelineError
├── InputError                what the user gave cannot be used (exit status 2, nothing written)
│   ├── UnreadableFileError     not a file, not text, not Parquet, empty
│   ├── MissingColumnsError     a column of the loan's definition is not there
│   ├── NotEnoughLoansError     too few usable loans, or one class only
│   └── WindowError             loans or counts that cannot be compared with the reference
├── BundleError               a model bundle cannot be trusted
│   ├── NoModelError            there is no published model
│   └── CorruptBundleError      a file is missing, altered, or fails its self-test
├── ExportError               a model cannot be exported exactly
├── NoEligibleModelError      no candidate may be published (exit status 3)
├── PublishError              a folder cannot be written, or a version may not serve
│   └── StaleComparisonError     another model was promoted since it was compared
└── PredictionLogError        a prediction cannot be logged or read
    ├── LogUnavailableError     the database is away, full, stalled, or too much waits for it
    └── UnknownLogSchemaError   the tables there are not the ones that this program knows
"""


class PipelineError(Exception):
    """Base of every deliberate error; its text is Spanish and meant for a person."""


class InputError(PipelineError):
    """The user's input cannot be used."""


class UnreadableFileError(InputError):
    """A file is not there, not a file, empty, or not of a known format."""


class MissingColumnsError(InputError):
    """Columns of the loan's definition are missing."""


class NotEnoughLoansError(InputError):
    """Too few usable loans remain, or only one class of them."""


class WindowError(InputError):
    """A window of loans, or its counts, cannot be compared with the reference."""


class BundleError(PipelineError):
    """A model bundle cannot be trusted."""


class NoModelError(BundleError):
    """There is no published model."""


class CorruptBundleError(BundleError):
    """A bundle's file is missing, altered, of an unknown format, or fails its self-test."""


class ExportError(PipelineError):
    """A trained model cannot be exported exactly."""


class NoEligibleModelError(PipelineError):
    """No candidate may be published."""


class PublishError(PipelineError):
    """A bundle could not be written or made the latest."""


class StaleComparisonError(PublishError):
    """Another model serves than the one that a champion was compared with."""


class PredictionLogError(PipelineError):
    """A prediction cannot be logged, or the log not read."""


class LogUnavailableError(PredictionLogError):
    """The log cannot be used now; it may be possible again in a moment."""


class UnknownLogSchemaError(PredictionLogError):
    """The database holds tables that are not the log's, or of another version of it."""

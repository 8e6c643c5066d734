"""Every Spanish sentence that a person reads: `messages.<sentence>`, a file for each subject."""

# pylint: disable=wildcard-import,unused-wildcard-import
from mlops_pipeline.messages.client import *
from mlops_pipeline.messages.commands import *
from mlops_pipeline.messages.dashboard import *
from mlops_pipeline.messages.dashboard_alt import *
from mlops_pipeline.messages.dashboard_charts import *
from mlops_pipeline.messages.dashboard_overview import *
from mlops_pipeline.messages.dashboard_tabs import *
from mlops_pipeline.messages.dashboard_windows import *
from mlops_pipeline.messages.dates import *
from mlops_pipeline.messages.drift import *
from mlops_pipeline.messages.files import *
from mlops_pipeline.messages.lanes import *
from mlops_pipeline.messages.loans import *
from mlops_pipeline.messages.monitoring import *
from mlops_pipeline.messages.monitoring_service import *
from mlops_pipeline.messages.numbers import *
from mlops_pipeline.messages.plan import *
from mlops_pipeline.messages.prediction_form import *
from mlops_pipeline.messages.prediction_log import *
from mlops_pipeline.messages.prediction_many import *
from mlops_pipeline.messages.prediction_troubles import *
from mlops_pipeline.messages.registry import *
from mlops_pipeline.messages.reports import *
from mlops_pipeline.messages.service import *
from mlops_pipeline.messages.training import *

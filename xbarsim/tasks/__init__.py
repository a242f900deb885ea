"""Data, trained networks and metrics: what "accuracy" means for each benchmark."""

from xbarsim.tasks.classifier import Prepared as Prepared
from xbarsim.tasks.classifier import accuracy as accuracy
from xbarsim.tasks.classifier import in_pieces as in_pieces
from xbarsim.tasks.classifier import prepare_classifier as prepare_classifier
from xbarsim.tasks.datasets import Dataset as Dataset
from xbarsim.tasks.datasets import load_dataset as load_dataset

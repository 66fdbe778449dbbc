"""Hyperparameter search with Optuna (Akiba et al. 2019): the study and its trials.

A trial trains the configuration with other values of some keys. Its value is the smoothed cross-fitted F1 on
the development data, by which training chooses the epoch. Trials that are worse than the median of the others
at the same epoch are stopped. The first trial is the configuration as it is.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wincls.analysis.search_space import Choices, Space, with_values
from wincls.config import Config
from wincls.errors import ConfigError, TrainingError, WinclsError
from wincls.options import plain
from wincls.processes import STOP_SIGNALS, end_with_parent
from wincls.training.data import read_corpora
from wincls.training.initialize import shared_vectors
from wincls.training.loop import Training
from wincls.training.prepare import Prepared, prepare

if TYPE_CHECKING:
    import optuna

_STARTUP = 5  # trials that are drawn at random, and not stopped early
_WARMUP = 3  # epochs before a trial is stopped early
_LEAST_FOR_IMPORTANCE = 10  # complete trials
_POLL = 0.3  # seconds between two looks at the trials of other processes

Prepare = Callable[[Config, np.random.Generator], Prepared]
"""Prepares the data of a trial for training."""


@dataclass(frozen=True)
class Search:
    """What is searched.

    config: the configuration that is varied; its test data are not read.
    space: the values of keys.
    storage: a URL of a database that Optuna knows, or the path of a journal file.
    name: of the study in the storage.
    trials: how many at most; None for no limit.
    seconds: after that, no trial is started.
    """

    config: Config
    space: Space
    storage: str
    name: str
    trials: int | None
    seconds: float


class Trial(NamedTuple):
    """A finished trial.

    number: from 0.
    state: "complete", "stopped early" or "failed".
    f1: the best smoothed F1 so far; None if there is none.
    epochs: how many were trained.
    values: by key; empty for the configuration as it is.
    reason: why it failed.
    """

    number: int
    state: str
    f1: float | None
    epochs: int
    values: Mapping[str, Any]
    reason: str


def search(given: Search, jobs: int = 1) -> Iterator[Trial]:
    """Run trials, and yield each when it is finished.

    jobs: the number of processes.

    Raises ConfigError if the study in the storage is of another configuration or space, and DataError if the
    data cannot be used.
    """
    study = _open_study(given)
    done = {each.number for each in study.get_trials(deepcopy=False) if each.state.is_finished()}
    deadline = time.monotonic() + given.seconds
    prepare_trial = _prepare(given.config)
    if jobs == 1:
        left = given.trials
        while time.monotonic() < deadline and left != 0:
            yield run_trial(study, given, prepare_trial)
            left = None if left is None else left - 1
        return
    context = multiprocessing.get_context("spawn")
    tickets = context.Value("q", -1 if given.trials is None else given.trials)
    workers = [
        context.Process(target=_work, args=(given, tickets, given.seconds, number)) for number in range(jobs)
    ]
    try:
        for each in workers:
            each.start()
        alive = True
        while alive:
            alive = any(each.is_alive() for each in workers)
            for trial in finished(study):
                if trial.number not in done:
                    done.add(trial.number)
                    yield trial
            time.sleep(_POLL)
        if bad := [each for each in workers if each.exitcode]:
            raise WinclsError(f"{len(bad)} of {jobs} processes have died (out of memory?); use fewer --jobs")
    finally:
        for each in workers:
            each.terminate()
            each.join()
        _give_up(study, [_process(each.pid) for each in workers])


def run_trial(study: optuna.Study, given: Search, prepare_trial: Prepare) -> Trial:
    """Ask for a trial, train it and tell the study about it."""
    import optuna

    trial = study.ask()
    trial.set_user_attr("process", _process(os.getpid()))
    state, reason = optuna.trial.TrialState.COMPLETE, ""
    best: float | None = None
    try:
        values = {} if _is_first(trial) else _suggest(trial, given.space)
        config = with_values(given.config, values)
        rng = np.random.default_rng(config.training.seed)
        training = Training(config, prepare_trial(config, rng), rng)
        for report in training.epochs():
            trial.report(training.development.epochs[-1].smoothed_f1, report.epoch)
            if values and trial.should_prune():
                state = optuna.trial.TrialState.PRUNED
                break
        assert training.best is not None
        best = training.best.smoothed_f1
    except (TrainingError, ConfigError) as error:
        state, reason = optuna.trial.TrialState.FAIL, str(error)
    except BaseException:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        raise
    trial.set_user_attr("reason", reason)
    frozen = study.tell(trial, best if state == optuna.trial.TrialState.COMPLETE else None, state)
    return _finished(frozen)


def finished(study: optuna.Study) -> list[Trial]:
    """The finished trials of a study, in their order."""
    return [_finished(each) for each in study.get_trials(deepcopy=False) if each.state.is_finished()]


def open_trials(given: Search) -> list[Trial]:
    """The finished trials of a search that was run."""
    return finished(_open_study(given))


def importances(given: Search) -> dict[str, float]:
    """The importance of each key for F1, the largest first; empty if there are too few trials.

    They are shares of the variation of F1 near the best values, by PED-ANOVA (Watanabe et al. 2023).
    """
    import optuna

    study = _open_study(given)
    complete = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE])
    if sum(bool(each.params) for each in complete) < _LEAST_FOR_IMPORTANCE:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that some values were tried once only
        try:
            found: dict[str, float] = optuna.importance.get_param_importances(
                study, evaluator=evaluator, params=list(given.space)
            )
        except (ValueError, RuntimeError):  # all trials are equally good
            return {}
    return found


def _open_study(given: Search, worker: int = 0) -> optuna.Study:
    """Open or create the study; worker: the number of this process, for other random numbers."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        storage: Any = given.storage
        if "://" not in given.storage:
            storage = optuna.storages.JournalStorage(JournalFileBackend(given.storage))
        study = optuna.create_study(
            storage=storage,
            study_name=given.name,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_STARTUP, n_warmup_steps=_WARMUP),
        )
        seed = given.config.training.seed + worker + 1000 * len(study.get_trials(deepcopy=False))
    except Exception as error:  # of a driver of the database, which can be any
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise WinclsError(f"--storage {given.storage}: cannot be used ({reason})") from None
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_STARTUP)
    of_study = {
        "config": json.dumps(plain(given.config)),
        "space": json.dumps({key: each._asdict() for key, each in given.space.items()}),
    }
    for what, text in of_study.items():
        if study.user_attrs.setdefault(what, text) != text:
            raise ConfigError(
                f"the study {given.name} in {given.storage} has another {what}; "
                "choose another --output or --study"
            )
        study.set_user_attr(what, text)
    return study


def _is_first(trial: optuna.Trial) -> bool:
    """Whether no earlier trial is the configuration as it is, except for those that were interrupted."""
    earlier = trial.study.get_trials(deepcopy=False)[: trial.number]
    interrupted = [each.state.name == "FAIL" and "reason" not in each.user_attrs for each in earlier]
    return all(each.params or was for each, was in zip(earlier, interrupted, strict=True))


def _suggest(trial: optuna.Trial, space: Space) -> dict[str, Any]:
    """Values for the keys of a space."""
    values: dict[str, Any] = {}
    for key, each in space.items():
        if isinstance(each, Choices):
            texts = [json.dumps(value) for value in each.values]
            values[key] = json.loads(trial.suggest_categorical(key, texts))
        elif isinstance(each.low, int) and isinstance(each.high, int):
            values[key] = trial.suggest_int(key, each.low, each.high, log=each.log)
        else:
            values[key] = trial.suggest_float(key, each.low, each.high, log=each.log)
    return values


def _finished(trial: optuna.trial.FrozenTrial) -> Trial:
    states = {"COMPLETE": "complete", "PRUNED": "stopped early"}
    values = {
        key: json.loads(value) if isinstance(value, str) else value for key, value in trial.params.items()
    }
    f1 = max(trial.intermediate_values.values(), default=None)
    reason = trial.user_attrs.get("reason", "stopped")
    state = states.get(trial.state.name, "failed")
    return Trial(trial.number, state, f1, len(trial.intermediate_values), values, reason)


def _prepare(config: Config) -> Prepare:
    """Read train and dev, which are the same for all trials, and return what prepares a trial."""
    corpora = read_corpora(replace(config.data, test=None), np.random.default_rng(config.training.seed))
    read = shared_vectors([*corpora.train.sentences, *corpora.dev.sentences])
    return partial(prepare, corpora=corpora, read=read)


def _work(given: Search, tickets: Synchronized[int], seconds: float, worker: int) -> None:
    """Run trials in a process of its own.

    tickets: how many may still be started, below 0 for no limit.
    """
    end_with_parent()
    for each in STOP_SIGNALS:  # they reach all processes; the main process decides
        signal.signal(each, signal.SIG_IGN)
    deadline = time.monotonic() + seconds
    study, prepare_trial = _open_study(given, worker), _prepare(given.config)
    while time.monotonic() < deadline:
        with tickets.get_lock():
            if not tickets.value:
                return
            tickets.value -= tickets.value > 0
        run_trial(study, given, prepare_trial)


def _give_up(study: optuna.Study, processes: list[str]) -> None:
    """Tell the study that the trials of these processes have ended."""
    import optuna

    for each in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        if each.user_attrs.get("process") in processes:
            study.tell(each.number, state=optuna.trial.TrialState.FAIL)


def _process(number: int | None) -> str:
    """The name of a process among those of all machines."""
    return f"{platform.node()}:{number}"

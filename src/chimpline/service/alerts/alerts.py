"""Tells whoever has to know what needs somebody: once for each cause, until it is over.

look      what is the case  ->  what began, what is over  ->  messages to be sent
deliver   messages to be sent  ->  sent, or tried again later
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chimpline.errors import ChimplineError, UserError
from chimpline.message import Message, Problem
from chimpline.runs.report.events import said_in
from chimpline.service.alerts.addresses import AddressBook, check, service_of
from chimpline.service.alerts.conditions import Condition, recovered
from chimpline.service.alerts.kinds import Alert, AlertKind
from chimpline.service.alerts.memory import AlertMemory, AlertMessage, Incident
from chimpline.service.alerts.sending import Sends, Sent, send
from chimpline.service.alerts.standing import Standing, standing
from chimpline.service.connection.statuses import ConnectionState
from chimpline.service.connection.vault import Vault
from chimpline.service.desk import Desk
from chimpline.service.editing.file import SettingsFile
from chimpline.service.settings.edit import remove_section, set_values
from chimpline.service.settings.form.naming import NAME
from chimpline.service.settings.request import Configuration

log = logging.getLogger(__name__)
SECTION = "alerts"
_FOR_GOOD = AlertKind.SCHEMA
"""Of this kind each cause is told once for ever: no later run says that it is over."""

Says = Callable[[Message, "str | None"], str]
"""A message, and which part of it, in words."""


@dataclasses.dataclass(frozen=True, slots=True)
class AlertNow:
    """An alert as it stands. `service`: where it goes to; None while it has no address.

    `problem`: why its address cannot be read.
    """

    name: str
    settings: Alert
    service: str | None
    problem: Problem | None = None


class Alerts:
    """`say` puts a message into words."""

    def __init__(self, desk: Desk, say: Says, sends: Sends = send) -> None:
        self._desk = desk
        self._say = say
        self._sends = sends
        self._read_runs: set[str] = set()
        self.memory = AlertMemory(desk.database, desk.clock)

    # -- who is told what -------------------------------------------------------------------------

    def everything(self) -> list[AlertNow]:
        """In the order of the settings file."""
        return [self._now(name, alert) for name, alert in self._settings().items()]

    def put(
        self,
        name: str,
        kinds: Sequence[AlertKind],
        pipelines: Sequence[str] | None,
        address: str | None,
        version: str | None = None,
    ) -> None:
        """Define an alert, or change it. `address` None keeps the one that it has.

        Raises `UserError` for what no alert can be, `SettingsChanged` where the file is not the one
        of `version`; nothing is kept then.
        """
        if not re.fullmatch(NAME, name) or len(name) > 60:
            raise UserError("alert-name", name=name)
        if not kinds:
            raise UserError("alert-without-kind")
        for pipeline in pipelines or ():
            if pipeline not in self._desk.pipeline_names():
                raise UserError("console-pipeline-unknown", name=pipeline)
        if address is not None:
            address = check(address)
        elif self._book().get(name) is None:
            raise UserError("alert-without-address")
        values = {
            "on": None if set(kinds) == set(AlertKind) else [kind.value for kind in kinds],
            "pipelines": None if pipelines is None else list(pipelines),
        }

        def keep(_: Configuration) -> None:
            if address is not None:  # before the file: without a vault, nothing is changed
                self._book().put(name, address)

        SettingsFile(self._desk).change(
            lambda text: set_values(text, (SECTION, name), values), keep, version
        )
        if address is not None:
            self.memory.at_once(name)

    def remove(self, name: str, version: str | None = None) -> None:
        self._known(name)
        SettingsFile(self._desk).change(
            lambda text: remove_section(text, (SECTION, name)), lambda _: None, version
        )
        self._book().remove(name)
        self.memory.forget(name)

    def test(self, name: str) -> Sent:
        """Send a message that says that it is a test."""
        self._known(name)
        address = self._book().get(name)
        if address is None:
            raise UserError("alert-without-address")
        message = Message.of("alert-test", alert=name)
        return self._sends(address, self._say(message, "title"), self._say(message, None))

    # -- telling them -----------------------------------------------------------------------------

    def look(self) -> None:
        """Note what began and what is over since the last look, and what is to be said of it."""
        stands = standing(self._desk)
        open_now = self.memory.open()
        asked = [one for one in stands.conditions if isinstance(one.kind, AlertKind)]
        changed, read = self._schema(stands)
        asked += changed
        begun, over = differences(open_now, asked)
        if stands.settings_wrong:  # whether a secret may be sent is not seen then
            over = {one for one in over if one.kind is not AlertKind.REAUTHENTICATION}
        if begun or over:
            alerts = self._settings()
            now = self._desk.clock()
            told = messages(_once(begun) + recoveries(over, stands), alerts, now)
            self.memory.note(begun, over, told)
        self._read_runs |= read

    def deliver(self) -> None:
        """Send what is due; what cannot be sent is tried again later, and shown until then."""
        alerts = self._settings()
        for message in self.memory.due():
            if message.alert not in alerts:  # taken out of the file by hand
                self.memory.forget(message.alert)
                continue
            trouble = self._delivered(message)
            self.memory.tried(message, trouble)
            about = {"alert": message.alert, "kind": message.kind.value, "about": message.subject}
            if trouble is None:
                log.info("alert sent", extra=about)
            else:
                log.warning("alert not sent", extra=about | {"trouble": trouble})

    def _delivered(self, message: AlertMessage) -> str | None:
        """Send one; the kind of trouble there was."""
        try:
            address = self._book().get(message.alert)
        except ChimplineError:
            return "alert-trouble-vault"
        if address is None:
            return "alert-trouble-no-address"
        words = in_words(message)
        sent = self._sends(address, self._say(words, "title"), self._say(words, None))
        if sent.ok:
            return None
        return "alert-trouble-unreachable" if sent.status is None else "alert-trouble-refused"

    def _schema(self, stands: Standing) -> tuple[list[Condition], set[str]]:
        """What the last runs say that changed at the source, and which runs were read for it.

        Each run's events are read once, if what they said could be noted.
        """
        found = []
        read = set()
        for known in stands.known:
            last = known.last
            if last is None or last.run_id in self._read_runs:
                continue
            read.add(last.run_id)
            for event in self._desk.state.read_events(last.run_id):
                found += [
                    Condition(
                        _FOR_GOOD,
                        known.pipeline,
                        Problem(Message("alert-schema"), Message("kept-committed")),
                        (known.pipeline,),
                        last.run_id,
                        f"{event.get('table')}/{changed}",
                    )
                    for changed in changes_at_source(event)
                ]
        return found, read

    # -- where it all lies ------------------------------------------------------------------------

    def _settings(self) -> Mapping[str, Alert]:
        return self._desk.configuration().settings().alerts

    def _known(self, name: str) -> Alert:
        found = self._settings().get(name)
        if found is None:
            raise UserError("alert-unknown", name=name)
        return found

    def _now(self, name: str, alert: Alert) -> AlertNow:
        try:
            address = self._book().get(name)
        except ChimplineError as error:
            return AlertNow(name, alert, None, error.problem)
        return AlertNow(name, alert, None if address is None else service_of(address))

    def _book(self) -> AddressBook:
        desk = self._desk
        return AddressBook(Vault(desk.database(), desk.environ, desk.state.path, desk.clock))


def changes_at_source(event: Mapping[str, Any]) -> list[str]:
    """What an event says that changed at Mailchimp: fields without a column, definitions."""
    said = said_in(event) if event.get("event") == "notice" else None
    match said:
        case Message(kind="run-met-fields", facts={"paths": tuple(paths)}):
            return [str(path) for path in paths]
        case Message(kind="members-read-whole", facts={"definitions": str(digest)}):
            return [digest]
        case _:
            return []


def differences(
    open_now: Iterable[Incident], now: Iterable[Condition]
) -> tuple[list[Condition], set[Incident]]:
    """What began, and what is over: of what was told, and of what is the case now."""
    before = set(open_now)
    here = {_incident(one): one for one in now}
    begun = [one for incident, one in here.items() if incident not in before]
    over = {one for one in before - set(here) if one.kind is not _FOR_GOOD}
    return begun, over


def recoveries(over: Iterable[Incident], stands: Standing) -> list[Condition]:
    """Of whom it is to be said that all is well again: once each, while nothing else is wrong."""
    wrong = {one.subject for one in stands.conditions}
    by_name = {one.pipeline: one for one in stands.known}
    found: dict[str, Condition] = {}
    for incident in over:
        subject = incident.subject
        if subject in wrong:
            continue
        if incident.kind is AlertKind.REAUTHENTICATION:
            status = stands.statuses.get(subject)
            if status is None or status.state is not ConnectionState.VERIFIED:
                continue
            pipelines = tuple(one.pipeline for one in stands.known if one.connection == subject)
            run_id = None
        elif (known := by_name.get(subject)) is not None and known.last and recovered(known):
            pipelines, run_id = (subject,), known.last.run_id
        else:
            continue
        problem = Problem(Message("alert-recovery"), Message("kept-committed"))
        found[subject] = Condition(AlertKind.RECOVERY, subject, problem, pipelines, run_id)
    return list(found.values())


def in_words(message: AlertMessage) -> Message:
    """What is said: the kind, whom it concerns, and the run; nothing else."""
    facts = {"subject": message.subject, "run_id": message.run_id}
    match message.kind:
        case AlertKind.FAILURE:
            return Message.of("alert-failure", **facts)
        case AlertKind.UNPROVEN:
            return Message.of("alert-unproven", **facts)
        case AlertKind.LATE:
            return Message.of("alert-late", **facts)
        case AlertKind.REAUTHENTICATION:
            return Message.of("alert-reauthentication", **facts)
        case AlertKind.SCHEMA:
            return Message.of("alert-schema", **facts)
        case AlertKind.RECOVERY if message.run_id is None:
            return Message.of("alert-recovery-sign-in", **facts)
        case AlertKind.RECOVERY:
            return Message.of("alert-recovery", **facts)


def messages(
    what: Iterable[Condition], alerts: Mapping[str, Alert], now: dt.datetime
) -> list[AlertMessage]:
    """What each alert is to say of these."""
    return [
        AlertMessage(name, AlertKind(one.kind), one.subject, one.run_id, now)
        for one in what
        for name, alert in alerts.items()
        if alert.wants(AlertKind(one.kind), one.pipelines)
    ]


def _once(begun: Iterable[Condition]) -> list[Condition]:
    """Several causes of one kind that began at once are said in one message."""
    return list({(one.kind, one.subject): one for one in begun}.values())


def _incident(condition: Condition) -> Incident:
    return Incident(AlertKind(condition.kind), condition.subject, condition.cause)

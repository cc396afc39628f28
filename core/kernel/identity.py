"""Names for the numbers that identify things. A record inside an estate is known by (estate, number)."""

from typing import Final, NewType

EstateId = NewType("EstateId", int)
BuildingId = NewType("BuildingId", int)
UnitId = NewType("UnitId", int)
CustomerId = NewType("CustomerId", int)
UserId = NewType("UserId", int)
StaffId = NewType("StaffId", int)
TariffId = NewType("TariffId", int)
BillRunId = NewType("BillRunId", int)
BillId = NewType("BillId", int)
PaymentId = NewType("PaymentId", int)
EntryId = NewType("EntryId", int)
QuestionnaireId = NewType("QuestionnaireId", int)
RoundId = NewType("RoundId", int)
ResponseId = NewType("ResponseId", int)
FollowUpId = NewType("FollowUpId", int)
MeasureId = NewType("MeasureId", int)
CaseId = NewType("CaseId", int)
WorkOrderId = NewType("WorkOrderId", int)
ServiceId = NewType("ServiceId", int)
"""A case or a request: both have their numbers from one row of numbers, so no two are the same within an estate."""

COMPANY: Final = EstateId(0)
"""Stands where an estate would for what belongs to the whole company (settings, audit chain)."""

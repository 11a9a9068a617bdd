"""Files, and uploads on their way."""

from piccolo.columns import UUID, BigInt, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as

_BRIEFS = "attached_at IS NOT NULL AND EXISTS (SELECT 1 FROM task_brief b WHERE b.id = file.subject_id)"


@kept_as(Walls(Kind.ADDRESSED, verbs=NEVER_DELETED, sees_also=_BRIEFS))
class File(Table, tablename="file"):
    """One file. ``sha256`` and ``size`` are of what is stored; what hangs on a brief is read by its receivers.

    What was handed in and set aside since stays with what it was handed in with, and goes into nothing further.
    """

    county = county_column()
    id = id_column()
    region = Text()
    name = Text()
    media_type = Text()
    size = BigInt()
    sha256 = Bytea(null=True)
    state = Text()
    refusal = Text()
    storage_key = Text()
    preview_key = Text()
    width = Integer(null=True)
    height = Integer(null=True)
    purpose = Text()
    subject_id = UUID(null=True)
    membership = UUID(null=True)
    by_name = Text()
    created_at = Timestamptz()
    inspected_at = Timestamptz(null=True)
    attached_at = Timestamptz(null=True)
    set_aside_at = Timestamptz(null=True)
    removed_at = Timestamptz(null=True)


@kept_as(Walls(Kind.DATA))
class Upload(Table, tablename="upload"):
    """A file on its way, of one post alone."""

    county = county_column()
    id = id_column()
    region = Text()
    membership = UUID()
    name = Text()
    media_type = Text()
    size = BigInt()
    purpose = Text()
    subject_id = UUID(null=True)
    part_size = Integer()
    sha256 = Bytea(null=True)
    created_at = Timestamptz()
    finished_at = Timestamptz(null=True)
    file_id = UUID(null=True)


@kept_as(Walls(Kind.DATA))
class UploadPart(Table, tablename="upload_part"):
    """A part that has arrived whole."""

    county = county_column()
    id = id_column()
    region = Text()
    upload_id = UUID()
    part = Integer()
    size = Integer()
    sha256 = Bytea()
    received_at = Timestamptz()

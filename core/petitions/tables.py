"""What villagers raise. The person's own data stands in a table of its own, encrypted. A test holds them against the catalogue."""

from piccolo.columns import JSONB, UUID, Boolean, Bytea, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class Petition(Table, tablename="petition"):
    """One matter. ``desk`` is the region that handles it now; posts below the level ``floor`` never see it.

    While ``looked_level`` is set, something was written that is not looked through for names yet: posts above that level wait.
    ``due_at`` is the deadline it is handled by. Where that came from one joined to it, ``own_due_at`` keeps its own; the joined
    one keeps in ``lent_due_at`` what it lends.
    """

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    place_name = Text(null=False, default=None)
    number = Text(null=False, default=None)
    kind = Text(null=False, default=None)
    source = Text(null=False, default=None)
    title = Text(null=False, default=None)
    body = Text(null=False, default=None)
    spot = Text(null=False, default=None)
    about = Text(null=False, default=None)
    about_name = Text(null=False, default=None)
    floor = SmallInt(null=False, default=None)
    desk = Text(null=False, default=None)
    desk_name = Text(null=False, default=None)
    office_id = UUID(null=True, default=None)
    grid_id = UUID(null=True, default=None)
    state = Text(null=False, default=None)
    may_publish = Boolean(null=False, default=None)
    public_title = Text(null=False, default=None)
    has_contact = Boolean(null=False, default=None)
    phone_proved = Boolean(null=False, default=None)
    identity_seen = Boolean(null=False, default=None)
    receipt_hash = Bytea(null=True, default=None)
    raised_at = Timestamptz(null=False, default=None)
    due_at = Timestamptz(null=True, default=None)
    own_due_at = Timestamptz(null=True, default=None)
    lent_due_at = Timestamptz(null=True, default=None)
    sorted_at = Timestamptz(null=True, default=None)
    looked_level = SmallInt(null=True, default=None)
    accepted_at = Timestamptz(null=True, default=None)
    answered_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    overdue_at = Timestamptz(null=True, default=None)
    reminded_at = Timestamptz(null=True, default=None)
    pressed_at = Timestamptz(null=True, default=None)
    abused_at = Timestamptz(null=True, default=None)
    reopened_at = Timestamptz(null=True, default=None)
    answer = Text(null=False, default=None)
    answered_name = Text(null=False, default=None)
    office_solved = Boolean(null=True, default=None)
    villager_solved = Boolean(null=True, default=None)
    villager_words = Text(null=False, default=None)
    merged_into = UUID(null=True, default=None)
    erased_at = Timestamptz(null=True, default=None)
    changed_at = Timestamptz(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA))
class PetitionRaiser(Table, tablename="petition_raiser"):
    """Who raised it, as far as he said so: encrypted, read with a reason that is kept, deleted after the term.

    ``source_hash`` stands for the address it was sent from, for a few days, so that abuse can be stopped.
    """

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    petition_id = UUID(null=False, default=None)
    name = Bytea(null=True, default=None)
    phone = Bytea(null=True, default=None)
    phone_index = Bytea(null=True, default=None)
    source_hash = Bytea(null=True, default=None)
    at = Timestamptz(null=False, default=None)


@kept_as(Walls(Kind.DATA))
class PetitionConcern(Table, tablename="petition_concern"):
    """A person whom a matter is about; this person never sees it."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    petition_id = UUID(null=False, default=None)
    person_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    by_name = Text(null=False, default=None)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED))
class PetitionEvent(Table, tablename="petition_event"):
    """A line of the history; ``shown`` ones are read by whoever keeps the receipt."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    petition_id = UUID(null=False, default=None)
    at = Timestamptz(null=False, default=None)
    kind = Text(null=False, default=None)
    text = Text(null=False, default=None)
    shown = Boolean(null=False, default=None)
    desk_name = Text(null=False, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)
    by_office = Text(null=False, default=None)
    data = JSONB(null=False, default=None)


@kept_as(Walls(Kind.DATA))
class PetitionCode(Table, tablename="petition_code"):
    """A code that was sent to a phone, as a keyed hash; deleted within a day or two."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    phone_index = Bytea(null=False, default=None)
    code_hash = Bytea(null=False, default=None)
    sent_at = Timestamptz(null=False, default=None)
    expires_at = Timestamptz(null=False, default=None)
    tries = SmallInt(null=False, default=None)
    used_at = Timestamptz(null=True, default=None)


@kept_as(Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED))
class PetitionBlock(Table, tablename="petition_block"):
    """A source that may raise nothing on the public page for some days, in ``region`` and below; hashes alone, until it ends."""

    county = county_column()
    id = id_column()
    region = Text(null=False, default=None)
    petition_id = UUID(null=False, default=None)
    phone_index = Bytea(null=True, default=None)
    source_hash = Bytea(null=True, default=None)
    at = Timestamptz(null=False, default=None)
    until = Timestamptz(null=False, default=None)
    lifted_at = Timestamptz(null=True, default=None)
    membership = UUID(null=True, default=None)
    by_name = Text(null=False, default=None)

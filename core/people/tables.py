"""Tables of people. Accounts and sessions are reached through the functions of the sign-in role alone."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Bytea, Integer, SmallInt, Text, Timestamptz
from piccolo.table import Table

from core.kernel.policies import NEVER_DELETED, Kind, Walls
from core.kernel.tables import county_column, id_column, kept_as


@kept_as(Walls(Kind.PLATFORM))
class Account(Table, tablename="account"):
    """One login of one human being, in whatever counties."""

    id = id_column()
    login = Text(null=True)
    phone_index = Bytea(null=True)
    password_hash = Text(null=True)
    totp_secret = Bytea(null=True)
    totp_confirmed_at = Timestamptz(null=True)
    totp_last_step = BigInt()
    operator = Boolean()
    operator_name = Text()
    failed = Integer()
    locked_until = Timestamptz(null=True)
    password_changed_at = Timestamptz(null=True)
    password_history = Array(base_column=Text())
    language = Text()
    elder = Boolean()
    created_at = Timestamptz()
    ended_at = Timestamptz(null=True)


@kept_as(Walls(Kind.PLATFORM))
class Session(Table, tablename="session"):
    """One browser that signed in; known by the hash of its token."""

    token_hash = Bytea(primary_key=True)
    id = UUID()
    account_id = UUID()
    county = Text(null=True)
    membership_id = UUID(null=True)
    factor_at = Timestamptz(null=True)
    language = Text()
    elder = Boolean()
    client = Text()
    created_at = Timestamptz()
    seen_at = Timestamptz()
    idle_seconds = Integer()
    expires_at = Timestamptz()
    ended_at = Timestamptz(null=True)


@kept_as(Walls(Kind.PLATFORM))
class AccountReset(Table, tablename="account_reset"):
    """A one-time code of the platform for an account's password or factor."""

    id = id_column()
    account_id = UUID()
    purpose = Text()
    code_hash = Bytea()
    tries = Integer()
    created_at = Timestamptz()
    expires_at = Timestamptz()
    redeemed_at = Timestamptz(null=True)
    withdrawn_at = Timestamptz(null=True)
    by_account = UUID()
    by_name = Text()
    reason = Text()


@kept_as(Walls(Kind.PLATFORM))
class PlatformLine(Table, tablename="platform_line"):
    """What an operator did to an account, or somebody to an operator's own. Never changed."""

    id = id_column()
    at = Timestamptz()
    action = Text()
    by_account = UUID()
    by_name = Text()
    subject_id = UUID(null=True)
    data = JSONB()


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED, signin=frozenset({"SELECT", "UPDATE"})))
class Person(Table, tablename="person"):
    """One human being in one county. ``region`` is where they are kept; posts have regions of their own."""

    county = county_column()
    id = id_column()
    region = Text()
    name = Text()
    account_id = UUID(null=True)
    phone = Bytea(null=True)
    phone_index = Bytea(null=True)
    phone_tail = Text()
    id_number = Bytea(null=True)
    id_number_index = Bytea(null=True)
    created_at = Timestamptz()
    erased_at = Timestamptz(null=True)


@kept_as(Walls(Kind.CONFIGURATION, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))
class RoleRow(Table, tablename="role"):
    """A role that a county made itself."""

    county = county_column()
    id = id_column()
    region = Text()
    name = Text()
    title = Text()
    level = SmallInt()
    permissions = Array(base_column=Text())
    needs_factor = Boolean()
    created_at = Timestamptz()
    closed_at = Timestamptz(null=True)


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED, signin=frozenset({"SELECT"})))
class Membership(Table, tablename="membership"):
    """A post: person × role × region × office or grid × from–to.

    The name is copied in: a post may lie where the person's own row is not seen.
    """

    county = county_column()
    id = id_column()
    region = Text()
    person_id = UUID()
    person_name = Text()
    role = Text()
    office_id = UUID(null=True)
    grid_id = UUID(null=True)
    valid_from = Timestamptz()
    valid_to = Timestamptz(null=True)
    granted_by = UUID(null=True)
    granted_by_name = Text()
    ended_by_name = Text()
    end_reason = Text()
    created_at = Timestamptz()


@kept_as(Walls(Kind.DATA, verbs=NEVER_DELETED, signin=frozenset({"SELECT", "UPDATE"})))
class Invitation(Table, tablename="invitation"):
    """A one-time code for invite, password or factor. ``membership`` is the post of whoever made it."""

    county = county_column()
    id = id_column()
    region = Text()
    person_id = UUID()
    purpose = Text()
    code_hash = Bytea()
    tries = Integer()
    created_at = Timestamptz()
    expires_at = Timestamptz()
    redeemed_at = Timestamptz(null=True)
    withdrawn_at = Timestamptz(null=True)
    by_name = Text()
    membership = UUID(null=True)


@kept_as(Walls(Kind.DATA))
class ImportRow(Table, tablename="import_row"):
    """One row of a sheet on its way to a person, a post and an invitation. ``data`` is encrypted."""

    county = county_column()
    id = id_column()
    region = Text()
    import_id = UUID()
    n = Integer()
    role = Text()
    data = Bytea()
    state = Text()
    reason = Text()
    invitation_id = UUID(null=True)
    membership = UUID(null=True)
    created_at = Timestamptz()

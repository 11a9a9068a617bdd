"""What pages say of the deadline by which joined matters are handled."""

from datetime import timedelta

from core.kernel.clock import local
from tests.core.petitions.steps import raised
from tests.factories.world import NOW
from tests.web.pages.conftest import ClientFor, Site

DAY = timedelta(days=1)


async def test_pages_say_whose_deadline_counts_and_what_parting_brings_back(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    old, _ = await raised(site.admin, nan, title="沟渠堵了", phone="", now=NOW)
    new, _ = await raised(site.admin, nan, title="沟渠还是堵", phone="", now=NOW + 4 * DAY)
    due = {each: await site.admin.fetchval("SELECT due_at FROM petition WHERE id = $1", each) for each in (old, new)}
    secretary = await client_for(nan.posts["village_secretary"])

    def at(which: object) -> str:
        when = local(due[which])  # type: ignore[index]
        return f"{when.month}月{when.day}日"

    page = (await secretary.get(f"/petitions/{old}")).text
    assert "按最早一件的期限办理" in page  # said before it is done
    assert (await secretary.send(f"/petitions/{old}/merge", into=str(new))).status_code == 303
    main = (await secretary.get(f"/petitions/{new}")).text
    assert "这几件都按最早一件的期限办理" in main
    assert main.index(at(old)) < main.index("取消合并后，这一件恢复到") < main.index(at(new))
    assert "原定期限" in main
    part = (await secretary.get(f"/petitions/{old}")).text
    assert "几件一起按最早一件的期限办理。取消合并后，这一件仍按" in part
    await secretary.send("/me/language", language="en")
    english = (await secretary.get(f"/petitions/{new}")).text
    await secretary.send("/me/language", language="zh")
    assert "all of these are handled by the earliest deadline" in english
    assert (await secretary.send(f"/petitions/{old}/unmerge")).status_code == 303
    main = (await secretary.get(f"/petitions/{new}")).text
    assert "这几件都按最早一件的期限办理" not in main
    assert at(new) in main
    assert "办理期限相应恢复" in main

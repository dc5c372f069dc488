# ruff: noqa: T201, FBT003
"""What is no plain resource of BEMServer, through the published client.

    python bemserver_actions.py HOST:PORT EMAIL PASSWORD

Flags of users, permissions, sharing by groups, notifications, completeness, breakdown, degree
days, CSV files, background services. Prints {"step", "saw"} lines without ids.
"""

import io
import json
import sys
from typing import Any

from bemserver_api_client import BEMServerApiClient
from bemserver_api_client.enums import BucketWidthUnit, EventLevel, StructuralElement
from bemserver_api_client.exceptions import BEMServerAPIError
from bemserver_api_client.resources import RESOURCES_MAP

MOMENT = "2025-03-01T00:00:00+00:00"
DAY = "2025-01-06T00:00:00+01:00", "2025-01-07T00:00:00+01:00"


def say(step: Any, saw: Any) -> None:
    print(json.dumps({"step": step, "saw": saw}))


def refusal(call: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return ["no error", call(*args, **kwargs).status_code]
    except BEMServerAPIError as error:
        return [type(error).__name__, error.status_code, getattr(error, "message", None)]


def signed_in(host: Any, email: Any, password: Any) -> Any:
    client = BEMServerApiClient(host, use_ssl=False)
    pair = client.auth.get_tokens(email, password).data
    client.set_authentication_method(
        client.make_bearer_token_auth(pair["access_token"], pair["refresh_token"])
    )
    return client


class Walk:
    def __init__(self, host: Any, email: Any, password: Any) -> None:
        self.host = host
        self.admin = signed_in(host, email, password)
        make = self.make
        self.campaign = make("campaigns", name="Actions", timezone="Europe/Paris")
        self.scope = make("campaign_scopes", name="S", campaign_id=self.campaign)
        self.site = make("sites", name="Site", campaign_id=self.campaign)
        self.building = make("buildings", name="Building", site_id=self.site)
        self.series = make(
            "timeseries",
            name="Energy",
            unit_symbol="kWh",
            campaign_id=self.campaign,
            campaign_scope_id=self.scope,
        )
        self.user = make("users", name="Guest", email="guest@official.example", password="guest")
        self.guest = signed_in(host, "guest@official.example", "guest")

    def make(self, entry: Any, **body: Any) -> Any:
        return getattr(self.admin, entry).create(body).data["id"]

    def sharing(self) -> None:
        guest, admin = self.guest, self.admin
        say(
            "before",
            [
                guest.campaigns.getall().data,
                refusal(guest.sites.getone, self.site),
                refusal(guest.campaigns.create, {"name": "x", "timezone": "UTC"}),
            ],
        )
        say(
            "before, filtered",
            [
                refusal(guest.timeseries.getall, campaign_id=self.campaign),
                guest.sites.getall(campaign_id=self.campaign).data,
            ],
        )
        group = self.make("user_groups", name="Guests of actions")
        self.make("user_by_user_groups", user_id=self.user, user_group_id=group)
        grant = self.make(
            "user_groups_by_campaigns", campaign_id=self.campaign, user_group_id=group
        )
        say(
            "campaign only",
            [
                len(guest.campaigns.getall().data),
                len(guest.sites.getall().data),
                guest.timeseries.getall().data,
            ],
        )
        self.make(
            "user_groups_by_campaign_scopes", campaign_scope_id=self.scope, user_group_id=group
        )
        say("both", len(guest.timeseries.getall(campaign_id=self.campaign).data))
        say(
            "guest writes data",
            guest.timeseries_data.upload(1, {str(self.series): {MOMENT: 1}}).status_code,
        )
        say(
            "guest renames the site",
            refusal(
                guest.sites.update,
                self.site,
                {"name": "x"},
                etag=guest.sites.getone(self.site).etag,
            ),
        )
        admin.user_groups_by_campaigns.delete(grant)
        say(
            "scope only",
            [
                guest.campaigns.getall().data,
                len(guest.timeseries.getall().data),
                refusal(guest.timeseries.getall, campaign_id=self.campaign),
                refusal(
                    guest.timeseries_data.download_by_names, self.campaign, *DAY, 1, ["Energy"]
                ),
            ],
        )

    def flags(self) -> None:
        users = self.admin.users
        say(
            "set_admin",
            users.set_admin(self.user, True, etag=users.getone(self.user).etag).status_code,
        )
        say(
            "now admin",
            [
                len(self.guest.campaigns.getall(name="Actions").data),
                users.getone(self.user).data["is_admin"],
            ],
        )
        users.set_admin(self.user, False, etag=users.getone(self.user).etag)
        say("set_admin blind", refusal(users.set_admin, self.user, True, etag=None))
        users.set_active(self.user, False, etag=users.getone(self.user).etag)
        say(
            "inactive",
            [
                refusal(self.guest.campaigns.getall),
                self.guest.auth.get_tokens("guest@official.example", "guest").data,
            ],
        )
        users.set_active(self.user, True, etag=users.getone(self.user).etag)

    def notifications(self) -> None:
        own = self.guest.notifications
        event = self.make(
            "events",
            campaign_scope_id=self.scope,
            category_id=1,
            source="actions",
            level=EventLevel.ERROR.value,
            timestamp=MOMENT,
        )
        self.make("notifications", user_id=self.user, event_id=event, timestamp=MOMENT)
        counted = own.count_by_campaign(user_id=self.user, read=False).data
        say("unread", [counted["total"] >= 1, [c["campaign_name"] for c in counted["campaigns"]]])
        say("mark all", own.mark_all_as_read(user_id=self.user).status_code)
        say("all read", own.count_by_campaign(user_id=self.user, read=False).data)

    def analysis(self) -> None:
        quarters = {f"2025-01-06T{n // 4:02d}:{n % 4 * 15:02d}:00+01:00": 0.25 for n in range(48)}
        self.admin.timeseries_data.upload(2, {str(self.series): quarters})
        interval = next(
            p["id"]
            for p in self.admin.timeseries_properties.getall().data
            if p["name"] == "Interval"
        )
        args = (*DAY, [self.series], 2, 1, BucketWidthUnit.day, "Europe/Paris")
        for step in ("inferred interval", "stated interval"):
            got = self.admin.analysis.get_completeness(*args).data
            say(step, [got["timestamps"], list(got["timeseries"].values())])
            if step == "inferred interval":
                self.make(
                    "timeseries_property_data",
                    timeseries_id=self.series,
                    property_id=interval,
                    value="900",
                )
        self.make(
            "energy_cons_ts_by_buildings",
            building_id=self.building,
            energy_id=2,
            end_use_id=1,
            timeseries_id=self.series,
        )
        got = self.admin.analysis.get_energy_consumption_breakdown(
            StructuralElement.building,
            self.building,
            *DAY,
            1,
            BucketWidthUnit.day,
            timezone="Europe/Paris",
        )
        say("breakdown", got.data)

    def degree_days(self) -> None:
        asked = (self.site, "2025-01-06", "2025-01-09")
        say("no temperature", refusal(self.admin.sites.get_degree_days, *asked))
        air = self.make(
            "timeseries",
            name="Air",
            unit_symbol="°C",
            campaign_id=self.campaign,
            campaign_scope_id=self.scope,
        )
        self.make(
            "weather_ts_by_sites",
            site_id=self.site,
            parameter="AIR_TEMPERATURE",
            timeseries_id=air,
            forecast=False,
        )
        readings = {
            f"2025-01-0{d}T{h:02d}:00:00+01:00": d + h / 10 for d in (6, 7) for h in range(24)
        }
        self.admin.timeseries_data.upload(2, {str(air): readings})
        got = self.admin.sites.get_degree_days(*asked).data["degree_days"]
        say("degree days", {k: v if v is None else round(v, 9) for k, v in got.items()})

    def files(self) -> None:
        sites = {
            "sites_csv": "Name,Description,IFC_ID\nImported,,\n",
            "buildings_csv": "Site,Name,Description,IFC_ID\nImported,Hall,d,\n",
        }
        upload = self.admin.io.upload_sites_csv
        say("sites csv", upload(self.campaign, self.streams(sites)).status_code)
        say("again", refusal(upload, self.campaign, self.streams(sites))[:2])
        say("bad csv", refusal(upload, self.campaign, self.streams({"sites_csv": "Nom\nx\n"}))[:2])
        say(
            "imported",
            [
                [b["name"], b.get("description")]
                for b in self.admin.buildings.getall(name="Hall").data
            ],
        )
        text = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone,Interval\n"
        text += "".join(f"S,Imported {n:02d},,kWh,Imported,Hall,,,,900\n" for n in range(40))
        say(
            "series csv",
            self.admin.io.upload_timeseries_csv(
                self.campaign, self.streams({"timeseries_csv": text})
            ).status_code,
        )
        found = self.admin.timeseries.getall(
            in_name="imported",
            campaign_id=self.campaign,
            properties=json.dumps({"Interval": "900"}),
        )
        say("series imported", found.pagination["total"])
        site = self.admin.sites.getall(name="Imported", campaign_id=self.campaign).data[0]["id"]
        say(
            "by site",
            [
                self.admin.timeseries.getall(**{key: site}).pagination["total"]
                for key in ("site_id", "recurse_site_id")
            ],
        )

    @staticmethod
    def streams(texts: Any) -> Any:
        return {name: io.BytesIO(text.encode()) for name, text in texts.items()}

    def services(self) -> None:
        if "tasks" in RESOURCES_MAP:
            say("tasks", [task["name"] for task in self.admin.tasks.getall().data])
            body = {
                "task_name": "Cleanup",
                "campaign_id": self.campaign,
                "start_time": DAY[0],
                "end_time": DAY[1],
                "parameters": {},
            }
            say("run", self.admin.tasks.run_async(body).status_code)
            say(
                "unknown task",
                refusal(self.admin.tasks.run_async, {**body, "task_name": "Nap"})[:2],
            )
            return
        for entry in ("st_cleanup_by_campaign", "st_download_weather_by_site"):
            rows = getattr(self.admin, entry).get_full(campaign_id=self.campaign).data
            say(
                f"{entry} full",
                [
                    [{k: v for k, v in row.items() if not k.endswith("_id")}, row["id"]]
                    for row in rows
                ],
            )
        rows = self.admin.st_cleanup_by_timeseries.get_full(
            in_timeseries_name="air", campaign_id=self.campaign
        ).data
        say("by series", [{k: v for k, v in row.items() if k != "timeseries_id"} for row in rows])

    def away(self) -> None:
        admin = self.admin
        say(
            "campaign away",
            admin.campaigns.delete(
                self.campaign, etag=admin.campaigns.getone(self.campaign).etag
            ).status_code,
        )
        admin.users.delete(self.user, etag=admin.users.getone(self.user).etag)
        say("nothing left", admin.timeseries.getall(in_name="Imported ").pagination["total"])


def main(host: Any, email: Any, password: Any) -> None:
    walk = Walk(host, email, password)
    for part in (
        walk.sharing,
        walk.flags,
        walk.notifications,
        walk.analysis,
        walk.degree_days,
        walk.files,
        walk.services,
        walk.away,
    ):
        part()


main(*sys.argv[1:])

"""What is no plain resource, for bemserver_judge.py: data, analysis, files, people, weather."""

import io
import json
from typing import Any

from bemserver_api_client.enums import (
    Aggregation,
    BucketWidthUnit,
    DataFormat,
    DegreeDaysPeriod,
    StructuralElement,
)
from bemserver_api_client.exceptions import (
    BEMServerAPIAuthenticationError,
    BEMServerAPIClientValueError,
    BEMServerAPIConflictError,
    BEMServerAPINotFoundError,
    BEMServerAPIPreconditionError,
    BEMServerAPIValidationError,
)
from bemserver_api_client.resources import RESOURCES_MAP
from judge import Judge

NOBODY = 2_000_000_000
RAW, CLEAN = 1, 2
DAY = "2025-01-06T00:00:00+00:00", "2025-01-07T00:00:00+00:00"
HOURS = {f"2025-01-06T{n:02d}:00:00+00:00": n + 0.5 for n in range(24)}
INVALID = {"raises": BEMServerAPIValidationError}
REFUSED = {"raises": BEMServerAPIClientValueError}


def stream(text: str) -> Any:
    return io.BytesIO(text.encode())


class Data:
    """A campaign of its own, in which everything is known."""

    def __init__(self, judge: Judge, client: Any, stranger: Any) -> None:
        self.judge, self.client, self.stranger = judge, client, stranger
        make = self.make
        self.campaign = make("campaigns", name="Judged", timezone="UTC")
        self.scope = make("campaign_scopes", name="S", campaign_id=self.campaign)
        self.site = make("sites", name="Judged site", campaign_id=self.campaign, latitude=48.86,
                         longitude=2.35)  # fmt: skip
        self.energy = self.series("Energy", "kWh")
        self.air = self.series("Air", "°C")

    def make(self, entry: str, **body: Any) -> int:
        return int(getattr(self.client, entry).create(body).data["id"])

    def series(self, name: str, unit: str) -> int:
        return self.make("timeseries", name=name, unit_symbol=unit, campaign_id=self.campaign,
                         campaign_scope_id=self.scope)  # fmt: skip

    def right(self, name: str, call: Any, check: Any) -> Any:
        return self.judge.right(name, call, check)

    def wrong(self, name: str, call: Any, **how: Any) -> None:
        self.judge.wrong(name, call, **how)

    def run(self) -> None:
        self.by_id()
        self.by_name()
        self.analysed()
        self.weather()
        self.files()
        self.people()
        self.told()
        self.away()

    def by_id(self) -> None:
        name, data, own = "TimeseriesDataResources", self.client.timeseries_data, self.energy
        self.right(f"{name}.upload", lambda: data.upload(CLEAN, {str(own): HOURS}),
                   lambda r: r.status_code == 201 and r.data is None)  # fmt: skip
        self.wrong(f"{name}.upload", lambda: data.upload(CLEAN, {"999999": HOURS}), **INVALID)
        csv = f"Datetime,{own}\n" + "".join(f"{t},{v}\n" for t, v in HOURS.items())
        self.right(f"{name}.upload",
                   lambda: data.upload(RAW, csv.encode(), DataFormat.csv),
                   lambda r: r.status_code == 201)  # fmt: skip
        self.wrong(
            f"{name}.upload",
            lambda: data.upload(RAW, b"Time\n", DataFormat.csv),
            check=lambda e: e.errors == {"_general": ["Invalid file"]},
            **INVALID,
        )
        for state in (RAW, CLEAN):
            self.right(f"{name}.download", lambda s=state: data.download(*DAY, s, [own]),
                       lambda r: r.data == {str(own): HOURS})  # fmt: skip
        self.right(f"{name}.download",
                   lambda: data.download(*DAY, RAW, [own], "Europe/Paris", DataFormat.csv, ["Wh"]),
                   lambda r: r.data.decode().splitlines()[:2]
                   == [f"Datetime,{own}", "2025-01-06T01:00:00+0100,500.0"])  # fmt: skip
        self.wrong(f"{name}.download", lambda: data.download(*DAY, 99, [own]), **INVALID)
        summed = (*DAY, RAW, [own], "UTC", Aggregation.sum, 1, BucketWidthUnit.day)
        self.right(f"{name}.download_aggregate", lambda: data.download_aggregate(*summed),
                   lambda r: r.data == {str(own): {DAY[0]: sum(HOURS.values())}})  # fmt: skip
        self.wrong(
            f"{name}.download_aggregate",
            lambda: data.download_aggregate(*DAY, RAW, [own], "UTC", "median"),
            **REFUSED,
        )
        self.wrong(
            f"{name}.download_aggregate",
            lambda: data.download_aggregate(
                *DAY, RAW, [own], "UTC", Aggregation.avg, 2, BucketWidthUnit.day
            ),
            **INVALID,
        )
        self.right(f"{name}.get_stats", lambda: data.get_stats(RAW, [own]), self.counted)
        self.wrong(f"{name}.get_stats", lambda: data.get_stats(RAW, [NOBODY]), **INVALID)
        manager, low = self.client._request_manager, "BEMServerApiClientRequest"
        query = {"start_time": DAY[0], "end_time": DAY[1], "data_state": RAW, "timeseries": [own]}
        self.right(f"{low}.download", lambda: manager.download("/timeseries_data/", params=query),
                   lambda r: r.data == {str(own): HOURS})  # fmt: skip
        self.wrong(f"{low}.download",
                   lambda: manager.download("/timeseries_data/", params=query | {"data_state": 99}),
                   check=lambda e: "data_state" in e.errors, **INVALID)  # fmt: skip
        late = {"2025-03-01T00:00:00+00:00": 1}
        self.right(f"{low}.upload_data", lambda: manager.upload_data(
            "/timeseries_data/", {str(own): late}, params={"data_state": RAW}),
            lambda r: r.status_code == 201)  # fmt: skip
        self.wrong(f"{low}.upload_data", lambda: manager.upload_data("/timeseries_data/", {}),
                   check=lambda e: "data_state" in e.errors, **INVALID)  # fmt: skip
        noon = "2025-01-06T12:00:00+00:00"
        self.right(
            f"{name}.delete",
            lambda: data.delete(DAY[0], noon, RAW, [own]),
            lambda _: next(iter(data.download(*DAY, RAW, [own]).data[str(own)])) == noon,
        )
        self.wrong(f"{name}.delete", lambda: data.delete("noon", noon, RAW, [own]), **INVALID)

    def counted(self, answer: Any) -> bool:
        found = answer.data["stats"][str(self.energy)]
        known = {"count": 24, "min": 0.5, "max": 23.5, "avg": 12.0,
                 "first_timestamp": "2025-01-06T00:00:00+00:00",
                 "last_timestamp": "2025-01-06T23:00:00+00:00"}  # fmt: skip
        return known.items() <= found.items() and abs(found["stddev"] - 50**0.5) < 1e-9

    def by_name(self) -> None:
        name, data, here = "TimeseriesDataResources", self.client.timeseries_data, self.campaign
        lost = {"raises": BEMServerAPINotFoundError}
        self.right(f"{name}.endpoint_uri_by_campaign", lambda: data.endpoint_uri_by_campaign(3),
                   lambda uri: uri == "/timeseries_data/campaign/3/")  # fmt: skip
        self.judge.nothing_wrong(f"{name}.endpoint_uri_by_campaign",
                                 "any value becomes a part of the address")  # fmt: skip
        self.right(f"{name}.upload_by_names",
                   lambda: data.upload_by_names(here, CLEAN, {"Air": HOURS}),
                   lambda r: r.status_code == 201)  # fmt: skip
        self.wrong(f"{name}.upload_by_names",
                   lambda: data.upload_by_names(NOBODY, CLEAN, {"Air": HOURS}), **lost)  # fmt: skip
        self.right(f"{name}.download_by_names",
                   lambda: data.download_by_names(here, *DAY, CLEAN, ["Air", "Energy"]),
                   lambda r: r.data == {"Air": HOURS, "Energy": HOURS})  # fmt: skip
        self.wrong(f"{name}.download_by_names",
                   lambda: data.download_by_names(here, *DAY, CLEAN, ["none"]),
                   check=lambda e: e.errors == {"_general": ["Unknown timeseries: ['none']"]},
                   **INVALID)  # fmt: skip
        self.right(f"{name}.download_aggregate_by_names",
                   lambda: data.download_aggregate_by_names(
                       here, *DAY, CLEAN, ["Air"], "UTC", Aggregation.count, 6,
                       BucketWidthUnit.hour),
                   lambda r: list(r.data["Air"].values()) == [6, 6, 6, 6])  # fmt: skip
        self.wrong(
            f"{name}.download_aggregate_by_names",
            lambda: data.download_aggregate_by_names(NOBODY, *DAY, CLEAN, ["Air"]),
            **lost,
        )
        spare = self.series("Spare", "")
        data.upload(RAW, {str(spare): HOURS})
        self.right(f"{name}.delete_by_names",
                   lambda: data.delete_by_names(here, *DAY, RAW, ["Spare"]),
                   lambda _: data.download(*DAY, RAW, [spare]).data == {})  # fmt: skip
        self.wrong(f"{name}.delete_by_names",
                   lambda: data.delete_by_names(here, *DAY, RAW, ["none"]), **INVALID)  # fmt: skip

    def analysed(self) -> None:
        analysis, day = self.client.analysis, BucketWidthUnit.day
        name = "AnalysisResources.get_completeness"
        self.right(name, lambda: analysis.get_completeness(*DAY, [self.energy], CLEAN, 1, day),
                   lambda r: r.data["timeseries"][str(self.energy)]["ratio"] == [1.0]
                   and r.data["timeseries"][str(self.energy)]["interval"] == 3600)  # fmt: skip
        self.wrong(name, lambda: analysis.get_completeness(*DAY, [self.energy], CLEAN, 1, "day"),
                   **REFUSED)  # fmt: skip
        self.wrong(
            name, lambda: analysis.get_completeness(*DAY, [self.energy], 99, 1, day), **INVALID
        )
        self.make("energy_cons_ts_by_sites", site_id=self.site, energy_id=2, end_use_id=1,
                  timeseries_id=self.energy)  # fmt: skip
        name, site = "AnalysisResources.get_energy_consumption_breakdown", StructuralElement.site
        self.right(
            name,
            lambda: analysis.get_energy_consumption_breakdown(site, self.site, *DAY, 1, day),
            lambda r: r.data["energy"] == {"electricity": {"all": [sum(HOURS.values())]}},
        )
        self.wrong(name, lambda: analysis.get_energy_consumption_breakdown(
            StructuralElement.zone, self.site, *DAY, 1, day), **REFUSED)  # fmt: skip
        self.wrong(name, lambda: analysis.get_energy_consumption_breakdown(
            site, self.site, *DAY, 1, day, ratio_property="Area"),
            check=lambda e: e.message == 'Site has no "Area" property.',
            raises=BEMServerAPIConflictError)  # fmt: skip

    def weather(self) -> None:
        sites, data = self.client.sites, self.client.timeseries_data
        name, asked = "SiteResources.get_degree_days", (self.site, "2025-01-06", "2025-01-08")
        self.wrong(name, lambda: sites.get_degree_days(*asked), raises=BEMServerAPIConflictError)
        self.make("weather_ts_by_sites", site_id=self.site, parameter="AIR_TEMPERATURE",
                  timeseries_id=self.air, forecast=False)  # fmt: skip
        self.right(name, lambda: sites.get_degree_days(*asked), lambda r: r.data["degree_days"] == {
            "2025-01-06T00:00:00+00:00": 6.0, "2025-01-07T00:00:00+00:00": None})  # fmt: skip
        month = DegreeDaysPeriod.month
        self.right(name, lambda: sites.get_degree_days(*asked, period=month, base=20),
                   lambda r: list(r.data["degree_days"].values()) == [8.0])  # fmt: skip
        self.wrong(name, lambda: sites.get_degree_days(*asked, period="month"), **REFUSED)
        name = "SiteResources.download_weather_data"
        july = "2024-07-01T00:00:00+00:00", "2024-07-02T00:00:00+00:00"
        self.right(name, lambda: sites.download_weather_data(self.site, *july),
                   lambda r: r.status_code == 204 and self.summery(
                       data.download(*july, CLEAN, [self.air]).data[str(self.air)]))  # fmt: skip
        lost = self.make("sites", name="Somewhere", campaign_id=self.campaign)
        self.make("weather_ts_by_sites", site_id=lost, parameter="AIR_TEMPERATURE",
                  timeseries_id=self.air, forecast=False)  # fmt: skip
        self.wrong(name, lambda: sites.download_weather_data(lost, *july),
                   check=lambda e: e.message == "Missing site coordinates.",
                   raises=BEMServerAPIConflictError)  # fmt: skip

    def summery(self, points: Any) -> bool:
        """24 temperatures of a day in July, none twice the same."""
        return len(points) == 24 and all(5 < value < 40 for value in points.values())

    def files(self) -> None:
        upload, here = self.client.io, self.campaign
        sites = "Name,Description,IFC_ID\nFiled,d,\n"
        self.right(
            "IOResources.upload_sites_csv",
            lambda: upload.upload_sites_csv(here, {"sites_csv": stream(sites)}),
            lambda _: self.client.sites.getall(name="Filed").data[0]["description"] == "d",
        )
        self.wrong(
            "IOResources.upload_sites_csv",
            lambda: upload.upload_sites_csv(here, {"sites_csv": stream("Name\nx\n")}),
            check=lambda e: "Missing columns" in e.errors["_general"][0],
            **INVALID,
        )
        head = "Campaign scope,Name,Description,Unit,Site,Building,Storey,Space,Zone,Interval\n"
        rows = head + "".join(f"S,Filed {n:02d},,kWh,Filed,,,,,900\n" for n in range(40))
        known = {"properties": json.dumps({"Interval": "900"}), "campaign_id": here}
        self.right(
            "IOResources.upload_timeseries_csv",
            lambda: upload.upload_timeseries_csv(here, {"timeseries_csv": stream(rows)}),
            lambda _: self.client.timeseries.getall(**known).pagination["total"] == 40,
        )
        self.wrong("IOResources.upload_timeseries_csv",
                   lambda: upload.upload_timeseries_csv(here, {}),
                   check=lambda e: "timeseries_csv" in e.errors, **INVALID)  # fmt: skip
        manager, name = self.client._request_manager, "BEMServerApiClientRequest.upload_files"
        zones = {"zones_csv": stream("Name,Description,IFC_ID\nFiled zone,,\n")}
        query = {"campaign_id": here}
        self.right(name, lambda: manager.upload_files("/io/sites", zones, params=query),
                   lambda _: self.client.zones.getall(name="Filed zone").data)  # fmt: skip
        self.wrong(name, lambda: manager.upload_files("/io/sites", {}), **INVALID)

    def people(self) -> None:
        users = self.client.users
        user = self.make("users", name="J", email="judged@official.example", password="p")
        for flag in ("admin", "active"):
            name, call = f"UserResources.set_{flag}", getattr(users, f"set_{flag}")
            state = flag == "admin"
            tag = users.getone(user).etag
            self.wrong(
                name, lambda c=call, s=state: c(user, s), raises=BEMServerAPIPreconditionError
            )
            self.right(name, lambda c=call, s=state, t=tag: c(user, s, etag=t),
                       lambda r, f=flag, s=state: users.getone(user).data[f"is_{f}"] is s
                       and r.etag == users.getone(user).etag)  # fmt: skip
        notes, name = self.client.notifications, "NotificationResources"
        event = self.make("events", campaign_scope_id=self.scope, category_id=1, source="judge",
                          level="ERROR", timestamp=DAY[0])  # fmt: skip
        self.make("notifications", user_id=user, event_id=event, timestamp=DAY[0])
        one = {"total": 1, "campaigns": [
            {"campaign_id": self.campaign, "campaign_name": "Judged", "count": 1}]}  # fmt: skip
        self.right(
            f"{name}.count_by_campaign",
            lambda: notes.count_by_campaign(user_id=user, read=False),
            lambda r: r.data == one,
        )
        self.wrong(f"{name}.count_by_campaign", notes.count_by_campaign,
                   check=lambda e: "user_id" in e.errors, **INVALID)  # fmt: skip
        self.right(
            f"{name}.mark_all_as_read",
            lambda: notes.mark_all_as_read(user_id=user),
            lambda _: notes.count_by_campaign(user_id=user, read=False).data["total"] == 0,
        )
        self.wrong(
            f"{name}.mark_all_as_read", lambda: notes.mark_all_as_read(user_id="x"), **INVALID
        )
        users.delete(user, etag=users.getone(user).etag)

    def told(self) -> None:
        """Tasks, which newer versions of the client have."""
        if "tasks" not in RESOURCES_MAP:
            return
        body = {"task_name": "Cleanup", "campaign_id": self.campaign, "start_time": DAY[0],
                "end_time": DAY[1], "parameters": {}}  # fmt: skip
        data, name = self.client.timeseries_data, "TasksResources.run_async"
        series = self.series("Dirty", "")
        self.make("timeseries_property_data", timeseries_id=series, property_id=2, value="20")
        data.upload(RAW, {str(series): HOURS})
        self.right(name, lambda: self.client.tasks.run_async(body), lambda _: list(
            data.download(*DAY, CLEAN, [series]).data[str(series)].values())
            == [n + 0.5 for n in range(1, 20)])  # fmt: skip
        self.wrong(
            name,
            lambda: self.client.tasks.run_async({**body, "task_name": "Nap"}),
            check=lambda e: e.errors == {"_general": ["Unknown task"]},
            **INVALID,
        )
        self.wrong(name, lambda: self.stranger.tasks.run_async(body),
                   raises=BEMServerAPIAuthenticationError)  # fmt: skip

    def away(self) -> None:
        campaigns = self.client.campaigns
        campaigns.delete(self.campaign, etag=campaigns.getone(self.campaign).etag)

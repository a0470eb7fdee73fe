"""The 57 keys under which Blueshift shows a customer, in both search and get."""

from hashlib import md5
from typing import Any

from .people import Customer

KEYS = """
activated_at created_at custom_attributes customer_id device_ids device_tokens email email_hash facebook
first_lp_url first_referrer first_utm_campaign first_utm_content first_utm_medium first_utm_source first_utm_term
firstname joined_at last_browser_platform last_browser_type last_browser_version last_ip last_location_city
last_location_country last_location_country_code last_location_geo_latitude last_location_geo_longitude
last_location_pin_code last_location_state last_location_timezone last_lp_url last_pageview_url last_purchase_at
last_referrer last_send_at last_utm_campaign last_utm_content last_utm_medium last_utm_source last_utm_term
last_visit_at lastname lifetime_orders lifetime_revenue lifetime_visits opt_out_of_ads opted_out_of_ads_at
phone_number predictive_engagement_percentile predictive_purchase_intent_percentile predictive_retention_percentile
session_last_activity_at subscribed_at unsubscribed unsubscribed_at updated_at uuid
"""
BLANK = dict.fromkeys(KEYS.split())


def shown(customer: Customer) -> dict[str, Any]:
    """Return every key, null where nothing is known; attributes outside the 57 are custom ones."""
    own = {key: value for key, value in customer.attributes.items() if key in BLANK}
    custom = {key: value for key, value in customer.attributes.items() if key not in BLANK}
    return {**BLANK, **own, **_identity(customer), "custom_attributes": custom}


def _identity(customer: Customer) -> dict[str, Any]:
    return {
        "uuid": customer.uuid,
        "customer_id": customer.customer_id,
        "email": customer.email,
        "email_hash": _hash(customer.email),
        "device_ids": [customer.device_id] if customer.device_id else [],
        "device_tokens": [],
        "unsubscribed": customer.unsubscribed_at is not None,
        "unsubscribed_at": customer.unsubscribed_at,
        "created_at": customer.created_at,
        "joined_at": customer.created_at if customer.email else None,
        "updated_at": customer.updated_at,
    }


def _hash(email: str | None) -> str | None:
    return md5(email.lower().encode(), usedforsecurity=False).hexdigest() if email else None

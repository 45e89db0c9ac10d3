"""A stand-in for the public REST APIs of OutSystems Developer Cloud, on loopback.

It is built from the published OpenAPI documents (asset configurations v1, portfolio v2, deployments v1, environment
configurations v1) and from what the vendor's pages say of permissions and rate limits. What those leave open is this
stand-in's own choice and no fact about ODC: the keys and names of the e-mail settings (other ones in every run), what a
refused value is answered with (400), that a secret's value comes back as null, and when a value is deployed.
"""

from lab.servers.odc.standin import OdcStandIn

__all__ = ["OdcStandIn"]

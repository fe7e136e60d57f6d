"""Builds the services of tokens and keys."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.services.records import RecordServices
from vestibule.services.tokens import TokenServices
from vestibule.services.tokens.access_tokens import AccessTokens
from vestibule.services.tokens.api_keys import ApiKeys
from vestibule.services.tokens.apis import Apis
from vestibule.services.tokens.clients import Clients
from vestibule.services.tokens.refresh_secrets import RefreshSecrets
from vestibule.services.tokens.signing_keys import SigningKeys
from vestibule.services.tokens.status_lists import StatusChanges, StatusLists
from vestibule.services.tokens.tokens import Tokens


def token_services(base: Foundation, records: RecordServices) -> TokenServices:
    """Build the services of tokens and keys. Signing keys are read from the database when they are first needed."""
    settings, database, clock, entropy, keys = base.settings, base.database, base.clock, base.entropy, base.keys
    audit, policy = records.audit, policies.token_policy(base.settings)
    signing = SigningKeys(database, clock, entropy, keys.signing_keys, policies.key_policy(settings), audit)
    lists = StatusLists(database, clock, signing, policy.status)
    access = AccessTokens(clock, entropy, policy, signing)
    secrets = RefreshSecrets(clock, entropy, keys.hasher, keys.successors)
    return TokenServices(
        access_tokens=access,
        api_keys=ApiKeys(database, clock, entropy, keys.hasher, audit, records.notifications),
        apis=Apis(database, clock, entropy, audit),
        clients=Clients(database, clock, entropy, keys.hasher, audit),
        signing_keys=signing,
        status_changes=StatusChanges(lists),
        status_lists=lists,
        tokens=Tokens(database, clock, secrets, access, policy, base.assurance, audit, records.notifications),
    )

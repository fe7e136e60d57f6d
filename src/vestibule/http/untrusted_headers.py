"""Request headers that an application may believe, and that a client must not be able to send it (ASVS 4.1.3).

The printed proxy blocks remove each of them (docs/forward-auth.md); the tests send each of them. The names of
`IDENTITY_HEADERS` are not repeated here.
"""

# Who is signed in, or which certificate was shown: what other gateways write.
_PERSON = (
    "Client-Cert", "Client-Cert-Chain", "Cf-Access-Authenticated-User-Email", "Cf-Access-Jwt-Assertion",
    "Remote-Group", "Remote-Role", "Remote-Roles", "Remote-Username", "Ssl-Client-Cert", "Ssl-Client-Dn",
    "Ssl-Client-I-Dn", "Ssl-Client-S-Dn", "Ssl-Client-S-Dn-Cn", "Ssl-Client-Verify", "Tailscale-User-Login",
    "Tailscale-User-Name", "X-Amzn-Oidc-Accesstoken", "X-Amzn-Oidc-Data", "X-Amzn-Oidc-Identity", "X-Arr-Clientcert",
    "X-Auth-Email", "X-Auth-Groups", "X-Auth-Name", "X-Auth-Request-Access-Token", "X-Auth-Request-Name",
    "X-Auth-Request-Redirect", "X-Auth-Request-Roles", "X-Auth-User", "X-Auth-Username", "X-Authenticated-Email",
    "X-Authenticated-Groups", "X-Authenticated-User", "X-Authenticated-Userid", "X-Authentik-Email",
    "X-Authentik-Groups", "X-Authentik-Name", "X-Authentik-Uid", "X-Authentik-Username", "X-Client-Cert",
    "X-Client-Dn", "X-Client-Verify", "X-Email", "X-Forwarded-Access-Token", "X-Forwarded-Client-Cert",
    "X-Forwarded-Email", "X-Forwarded-Groups", "X-Forwarded-Name", "X-Forwarded-Preferred-Username",
    "X-Forwarded-Roles", "X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info", "X-Forwarded-User",
    "X-Forwarded-User-Id", "X-Forwarded-Username", "X-Goog-Authenticated-User-Email", "X-Goog-Authenticated-User-Id",
    "X-Goog-Iap-Jwt-Assertion", "X-Groups", "X-Ms-Client-Principal", "X-Ms-Client-Principal-Id",
    "X-Ms-Client-Principal-Name", "X-Pomerium-Claim-Email", "X-Pomerium-Jwt-Assertion", "X-Proxy-User",
    "X-Remote-Email", "X-Remote-Group", "X-Remote-Groups", "X-Remote-Name", "X-Remote-User", "X-Role", "X-Roles",
    "X-Ssl-Cert", "X-Ssl-Client-Cert", "X-Ssl-Client-Cn", "X-Ssl-Client-Dn", "X-Ssl-Client-I-Dn",
    "X-Ssl-Client-S-Dn", "X-Ssl-Client-Verify", "X-User", "X-User-Email", "X-User-Groups", "X-User-Id", "X-User-Name",
    "X-User-Roles", "X-Username", "X-Vestibule-Email", "X-Vestibule-Groups", "X-Vestibule-Name", "X-Vestibule-Roles",
    "X-Vestibule-Session", "X-Vestibule-User", "X-Webauth-Email", "X-Webauth-Groups", "X-Webauth-Name",
    "X-Webauth-Role", "X-Webauth-User",
)  # fmt: skip
_HOST = (
    "Forwarded", "X-Envoy-Original-Host", "X-Forwarded-Server", "X-Host", "X-Http-Host-Override",
    "X-Original-Host", "X-Original-Server", "X-Forwarded-Authority", "X-Proxy-Host",
)  # fmt: skip
_SCHEME = (
    "Front-End-Https", "X-Forwarded-Https", "X-Forwarded-Protocol", "X-Forwarded-Scheme", "X-Forwarded-Ssl",
    "X-Https", "X-Original-Proto", "X-Original-Scheme", "X-Scheme", "X-Url-Scheme",
)  # fmt: skip
# The address, and the method, that a framework takes for the ones of the request line.
_TARGET = (
    "Script-Name", "X-Envoy-Original-Method", "X-Envoy-Original-Path", "X-Forwarded-Method", "X-Forwarded-Path",
    "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Url", "X-Http-Method",
    "X-Http-Method-Override", "X-Method-Override", "X-Original-Method", "X-Original-Path", "X-Original-Port",
    "X-Original-Uri", "X-Original-Url", "X-Override-Url", "X-Rewrite-Uri", "X-Rewrite-Url", "X-Script-Name",
)  # fmt: skip
_CLIENT_ADDRESS = (
    "Cf-Connecting-Ip", "Cf-Connecting-Ipv6", "Client-Ip", "Cluster-Client-Ip", "Fastly-Client-Ip", "Fly-Client-Ip",
    "Forwarded-For", "True-Client-Ip", "X-Appengine-User-Ip", "X-Azure-Clientip", "X-Azure-Socketip", "X-Client-Ip",
    "X-Cluster-Client-Ip", "X-Envoy-External-Address", "X-Forwarded", "X-Forwarded-Client-Ip", "X-Original-For",
    "X-Original-Forwarded-For", "X-Original-Remote-Addr", "X-Originating-Ip", "X-Proxyuser-Ip", "X-Real-Ip",
    "X-Real-Port", "X-Remote-Addr", "X-Remote-Ip", "X-Remote-Port", "X-True-Client-Ip",
)  # fmt: skip

UNTRUSTED_HEADERS = (*_PERSON, *_HOST, *_SCHEME, *_TARGET, *_CLIENT_ADDRESS)
# These the blocks write anew, so that the application gets exactly one of each.
REWRITTEN_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")
# What Vestibule decides by. No other header of a client belongs on the question.
QUESTION_HEADERS = ("Cookie", "Authorization", "Accept", "Sec-Fetch-Mode", "X-Requested-With", "User-Agent")
# Besides letters, digits and `-`, what a header name may hold (RFC 9110 section 5.6.2). CGI, WSGI and PHP read each of
# them as they read `-`, so that `X_Forwarded.Host` is another `X-Forwarded-Host`.
ALIASING_SIGNS = "_.!#$%&'*+^`|~"

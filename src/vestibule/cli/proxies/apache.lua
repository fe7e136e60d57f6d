-- Asks Vestibule before Apache passes a request on. Whatever goes wrong is a no.
local http = require("socket.http")
http.TIMEOUT = 5

local VESTIBULE = "@VESTIBULE@/forward-auth"
local SCHEME, HOST, AUTHORITY = "@SCHEME@", "@HOST@", "@AUTHORITY@"
-- All that Vestibule gets of a client's headers: a copy of each that came once.
local QUESTION = { @QUESTION_LUA@ }
local IDENTITY = { @NAMES_LUA@ }
-- Whatever a client sends under these names is not ours.
local UNTRUSTED = {
    @UNTRUSTED_LUA@
}

-- Servers behind us may take `_` for `-`: every spelling goes.
local function spellings(name)
    local head, tail = name:match("^([^-]*)-(.*)$")
    if not head then return { name } end
    local found = {}
    for _, rest in ipairs(spellings(tail)) do
        table.insert(found, head .. "-" .. rest)
        table.insert(found, head .. "_" .. rest)
    end
    return found
end

local REMOVED = {}
for _, names in ipairs({ IDENTITY, UNTRUSTED, { "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto" } }) do
    for _, name in ipairs(names) do
        for _, spelling in ipairs(spellings(name)) do table.insert(REMOVED, spelling) end
    end
end

function check(r)
    -- This may be the default site, which gets every host.
    if r.hostname ~= HOST or not r.headers_in["Host"] then return 421 end
    if r.subprocess_env["VESTIBULE_UNCLEAR_NAME"] then return 400 end
    -- Apache would pass another address on than it asks about: one with a single slash, or the path without the host.
    if not r.unparsed_uri:find("^/") or r.unparsed_uri:find("^//") then return 400 end
    local question = {
        ["X-Forwarded-Method"] = r.method,
        ["X-Forwarded-Proto"] = SCHEME,
        ["X-Forwarded-Host"] = AUTHORITY,
        ["X-Forwarded-Uri"] = r.unparsed_uri,
        ["X-Forwarded-For"] = r.useragent_ip,
    }
    for _, name in ipairs(QUESTION) do
        question[name] = r.headers_in[name]
    end
    for _, name in ipairs(REMOVED) do r.headers_in[name] = nil end
    -- `Connection` could name headers that are ours, and Apache would take them away. No upgrade is offered.
    local closes = (r.headers_in["Connection"] or ""):lower():find("close", 1, true)
    r.headers_in["Connection"] = closes and "close" or nil
    r.headers_in["Upgrade"] = nil
    r.headers_in["Host"] = AUTHORITY
    r.headers_in["X-Forwarded-Proto"] = SCHEME
    local _, status, told = http.request({ url = VESTIBULE, headers = question, redirect = false })
    if status == 200 then
        for _, name in ipairs(IDENTITY) do
            local value = told[string.lower(name)]
            if value and value ~= "" then r.headers_in[name] = value end
        end
        return apache2.OK
    end
    if status == 302 then
        r.err_headers_out["Location"] = told["location"]
        return 302
    end
    if status == 401 then
        r.err_headers_out["WWW-Authenticate"] = told["www-authenticate"]
        return 401
    end
    if status == 403 then return 403 end
    return 503
end

-- Asks Vestibule before Apache passes a request on. Whatever goes wrong is a no.
local http = require("socket.http")
http.TIMEOUT = 5

local VESTIBULE = "@VESTIBULE@/forward-auth"
local SCHEME, HOST = "@SCHEME@", "@HOST@"
-- What Vestibule judges by: a copy of each that came once.
local PASSED_ON = { "Cookie", "Authorization", "Accept", "Sec-Fetch-Mode", "X-Requested-With", "User-Agent" }
local IDENTITY = { @NAMES_LUA@ }

-- Servers behind us may take `_` for `-`: every spelling of an identity goes.
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

function check(r)
    local asked = {
        ["X-Forwarded-Method"] = r.method,
        ["X-Forwarded-Proto"] = SCHEME,
        ["X-Forwarded-Host"] = r.headers_in["Host"] or HOST,
        ["X-Forwarded-Uri"] = r.unparsed_uri,
        ["X-Forwarded-For"] = r.useragent_ip,
    }
    for _, name in ipairs(PASSED_ON) do
        asked[name] = r.headers_in[name]
    end
    for _, name in ipairs(IDENTITY) do
        for _, spelling in ipairs(spellings(name)) do r.headers_in[spelling] = nil end
    end
    local _, status, told = http.request({ url = VESTIBULE, headers = asked, redirect = false })
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

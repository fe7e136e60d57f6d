-- Asks Vestibule before HAProxy passes a request on. Whatever goes wrong leaves no status behind, and that is a no.
local VESTIBULE = "@VESTIBULE@/forward-auth"
local SCHEME = "@SCHEME@"
-- Written by us alone, whatever a client sends.
local OWN = { ["host"] = true, ["content-length"] = true, ["transfer-encoding"] = true, ["connection"] = true,
    ["x-forwarded-method"] = true, ["x-forwarded-proto"] = true, ["x-forwarded-host"] = true,
    ["x-forwarded-uri"] = true, ["x-forwarded-for"] = true }
local IDENTITY = { @NAMES_LUA@ }

core.register_action("vestibule", { "http-req" }, function(txn)
    local asked, host = {}, ""
    for name, values in pairs(txn.http:req_get_headers()) do
        local all = {}
        for _, value in pairs(values) do table.insert(all, value) end
        if name == "host" then host = all[1] end
        if not OWN[name] then asked[name] = all end
    end
    local query = txn.f:query()
    asked["x-forwarded-method"] = { txn.f:method() }
    asked["x-forwarded-proto"] = { SCHEME }
    asked["x-forwarded-host"] = { host }
    asked["x-forwarded-uri"] = { txn.f:path() .. (query and query ~= "" and "?" .. query or "") }
    asked["x-forwarded-for"] = { txn.f:src() }
    for _, name in ipairs(IDENTITY) do
        txn.http:req_del_header(name)
    end
    local answer = core.httpclient():get({ url = VESTIBULE, headers = asked, timeout = 5000 })
    if not answer or not answer.status then return end
    txn:set_var("txn.vestibule_status", tostring(answer.status))
    if answer.status == 302 then
        txn:set_var("txn.vestibule_at", answer.headers["location"][0])
    end
    if answer.status ~= 200 then return end
    for _, name in ipairs(IDENTITY) do
        local values = answer.headers[string.lower(name)]
        if values and values[0] and values[0] ~= "" then txn.http:req_set_header(name, values[0]) end
    end
end)

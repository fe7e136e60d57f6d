-- Asks Vestibule before HAProxy passes a request on. Whatever goes wrong leaves no status behind, and that is a no.
local VESTIBULE = "@VESTIBULE@/forward-auth"
local SCHEME, AUTHORITY = "@SCHEME@", "@AUTHORITY@"
-- All that Vestibule gets of a client's headers.
local QUESTION = { @QUESTION_LUA@ }
local IDENTITY = { @NAMES_LUA@ }
-- Whatever a client sends under these names is not ours.
local UNTRUSTED = {
    @UNTRUSTED_LUA@
}

core.register_action("vestibule", { "http-req" }, function(txn)
    local headers = txn.http:req_get_headers()
    -- Servers behind us may take any other sign for `-`.
    for name, _ in pairs(headers) do
        if name:find("[^%w-]") then txn.http:req_del_header(name) end
    end
    for _, names in ipairs({ IDENTITY, UNTRUSTED }) do
        for _, name in ipairs(names) do txn.http:req_del_header(name) end
    end
    local question = {
        ["x-forwarded-method"] = { txn.f:method() },
        ["x-forwarded-proto"] = { SCHEME },
        ["x-forwarded-host"] = { AUTHORITY },
        ["x-forwarded-uri"] = { txn.f:pathq() },
        ["x-forwarded-for"] = { txn.f:src() },
        ["connection"] = { "close" },
    }
    for _, name in ipairs(QUESTION) do
        local found = {}
        for _, value in pairs(headers[string.lower(name)] or {}) do table.insert(found, value) end
        if #found > 0 then question[name] = found end
    end
    local answer = core.httpclient():get({ url = VESTIBULE, headers = question, timeout = 5000 })
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

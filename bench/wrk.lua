-- Sends one request per line of BENCH_REQUESTS (tab-separated: method, path, headers, body). Each thread has a share of
-- the lines of its own, and starts over at its end.
local threads = 0
local taken = {}

function setup(thread)
   thread:set("part", threads)
   threads = threads + 1
   table.insert(taken, thread)
end

function init()
   requests, used, parts = {}, 0, tonumber(os.getenv("BENCH_THREADS"))
   local n = 0
   for line in io.lines(os.getenv("BENCH_REQUESTS")) do
      if n % parts == part then
         local method, path, header, body = line:match("([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)")
         local headers = {["User-Agent"] = os.getenv("BENCH_AGENT")}
         for one in (header .. " | "):gmatch("(.-) | ") do
            local name, value = one:match("([^:]+): (.*)")
            if name then headers[name] = value end
         end
         if body == "" then body = nil
         elseif not headers["Content-Type"] then headers["Content-Type"] = "application/json" end
         requests[#requests + 1] = wrk.format(method, path, headers, body)
      end
      n = n + 1
   end
end

function request()
   used = used + 1
   return requests[(used - 1) % #requests + 1]
end

function done(summary, latency, _)
   local most = 0
   for _, thread in ipairs(taken) do most = math.max(most, thread:get("used")) end
   io.write(string.format(
      '{"requests": %d, "microseconds": %d, "refused": %d, "failed": %d, "p50": %d, "p99": %d, "most": %d}\n',
      summary.requests, summary.duration, summary.errors.status,
      summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      latency:percentile(50), latency:percentile(99), most))
end

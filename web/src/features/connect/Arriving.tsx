import { useTranslation } from "react-i18next";

import { useGetDevCallsJsonQuery } from "../../api";
import { Section } from "../../ui/Page";

const SHOWN = 6;

/** The latest calls of programs to this server, refreshed every second. */
export function Arriving() {
  const { t } = useTranslation();
  const { data } = useGetDevCallsJsonQuery(undefined, { pollingInterval: 1000 });
  const calls = data?.calls.slice(0, SHOWN) ?? [];
  return (
    <Section title={t("connect.arriving")}>
      <div className="mt-3 space-y-3">
        <p role="status" className="flex items-center gap-3 text-[0.95rem] text-muted">
          <span
            aria-hidden="true"
            className={`size-2.5 shrink-0 rounded-full ${calls.length > 0 ? "bg-primary" : "animate-pulse bg-border-strong"}`}
          />
          {t(calls.length > 0 ? "connect.arrived" : "connect.waiting")}
        </p>
        {calls.length > 0 ? (
          <ol className="divide-y divide-border">
            {calls.map((call) => (
              <li key={call.number} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-2.5 text-sm">
                <code className="min-w-0 flex-1 basis-full font-mono break-all sm:basis-0">
                  {call.method} {call.path}
                </code>
                <span className="text-muted">{call.agent}</span>
                <span className={call.status < 400 ? "text-success" : "text-danger"}>{call.status}</span>
              </li>
            ))}
          </ol>
        ) : null}
      </div>
    </Section>
  );
}

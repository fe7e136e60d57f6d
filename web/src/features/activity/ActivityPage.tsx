import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useGetAccountActivityQuery, useLazyGetAccountActivityQuery, type ActivityEvent } from "../../api";
import { Button, TextLink } from "../../ui/Button";
import { Loading } from "../../ui/Loading";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { When } from "../../ui/When";
import { NotMe } from "../safety/NotMe";
import { useUser } from "../session/useUser";

const PAGE = 25;

/** The security events of the user's account, newest first. */
export default function ActivityPage() {
  const { t } = useTranslation();
  const first = useGetAccountActivityQuery({ limit: PAGE }, { refetchOnMountOrArgChange: true });
  const [load, more] = useLazyGetAccountActivityQuery();
  const [older, setOlder] = useState<ActivityEvent[]>([]);
  const [cursor, setCursor] = useState<string | null>();
  const next = cursor === undefined ? first.data?.next : cursor;
  const events = [...(first.data?.events ?? []), ...older];
  const loadMore = async () => {
    const answer = await load({ before: next ?? "", limit: PAGE });
    if (!answer.data) return;
    setOlder([...older, ...answer.data.events]);
    setCursor(answer.data.next);
  };
  const error = first.error ?? more.error;
  return (
    <>
      <Heading title={t("activity.title")} lead={t("activity.lead")} />
      <div className="space-y-5">
        {error ? <ProblemNotice error={error} /> : null}
        <NotMe />
        {first.isLoading ? <Loading rows={5} /> : null}
        {first.data && events.length === 0 ? <p className="text-muted">{t("activity.empty")}</p> : null}
        {events.length > 0 ? (
          <ol className="divide-y divide-border rounded-2xl border border-border bg-surface px-5 sm:px-7">
            {events.map((event) => (
              <Row key={event.id} event={event} />
            ))}
          </ol>
        ) : null}
        {next ? (
          <Button look="quiet" busy={more.isFetching} onClick={() => void loadMore()}>
            {t("activity.more")}
          </Button>
        ) : null}
      </div>
    </>
  );
}

const ALARMING = /failed|limited|reused|disabled|clone|recovery.started|locked_down/;

function Row({ event }: { event: ActivityEvent }) {
  const { t } = useTranslation();
  const { timeZone } = useUser();
  const where = [event.byYou ? event.device : t("activity.byOperator"), event.byYou ? event.ip : ""];
  return (
    <li className="flex gap-4 py-4">
      <span
        aria-hidden="true"
        className={`mt-2 size-2.5 shrink-0 rounded-full ${ALARMING.test(event.action) ? "bg-danger" : "bg-primary"}`}
      />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">
          {t(`activity.actions.${event.action}`, { defaultValue: event.action })}
        </p>
        <p className="text-sm break-words text-muted">{where.filter(Boolean).join(" · ")}</p>
        <TakenBack detail={event.detail} />
      </div>
      <p className="shrink-0 text-sm text-muted">
        <When at={event.at} timeZone={timeZone} />
      </p>
    </li>
  );
}

/** What an event took back, and what it kept: passkeys and API keys that the user may want to check. */
function TakenBack({ detail }: { detail: ActivityEvent["detail"] }) {
  const { t } = useTranslation();
  const list = (things = "") =>
    things
      .split(" ")
      .map((thing) => thing.split("="))
      .map(([name = "", count = ""]) => ({ name: t(`activity.things.${name}`, { defaultValue: "" }), count }))
      .filter(({ name }) => name)
      .map(({ name, count }) => `${name} (${count})`)
      .join(", ");
  const event = detail as { taken_back?: string; kept?: string };
  const [taken, kept] = [list(event.taken_back), list(event.kept)];
  return (
    <>
      {taken ? <p className="text-sm break-words text-muted">{t("activity.takenBack", { taken })}</p> : null}
      {kept ? (
        <p className="text-sm break-words text-muted">
          {t("activity.kept", { kept })} <TextLink to="/account/security">{t("activity.look")}</TextLink>
        </p>
      ) : null}
    </>
  );
}

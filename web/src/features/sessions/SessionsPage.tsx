import { useState } from "react";
import { useTranslation } from "react-i18next";

import {
  useDeleteSessionsByIdMutation,
  useDeleteSessionsMutation,
  useGetSessionsQuery,
  type SessionView,
} from "../../api";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { LaptopIcon, PhoneIcon, TerminalIcon } from "../../ui/icons";
import { Item } from "../../ui/Item";
import { Loading } from "../../ui/Loading";
import { Notice } from "../../ui/Notice";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { When } from "../../ui/When";
import { useUser } from "../session/useUser";

export default function SessionsPage() {
  const { t } = useTranslation();
  const { data, isLoading, error } = useGetSessionsQuery();
  const [endOthers, ending] = useDeleteSessionsMutation();
  const [ended, setEnded] = useState<number>();
  const sessions = data?.sessions ?? [];
  const others = sessions.filter((session) => !session.current);
  const endAll = async () => {
    const answer = await endOthers({});
    if (answer.data) setEnded(answer.data.ended);
  };
  return (
    <>
      <Heading title={t("sessions.title")} lead={t("sessions.lead")} />
      <div className="space-y-4">
        {error ? <ProblemNotice error={error} /> : null}
        {ending.error ? <ProblemNotice error={ending.error} /> : null}
        {ended === undefined ? null : <Notice tone="success">{t("sessions.ended", { count: ended })}</Notice>}
        {isLoading ? <Loading /> : null}
        <ul className="space-y-3">
          {sessions.map((session) => (
            <Row key={session.id} session={session} onEnded={() => setEnded(1)} />
          ))}
        </ul>
        {others.length > 0 ? (
          <Button look="quiet" busy={ending.isLoading} onClick={() => void endAll()}>
            {t("sessions.endOthers")}
          </Button>
        ) : data ? (
          <p className="text-[0.95rem] text-muted">{t("sessions.only")}</p>
        ) : null}
      </div>
    </>
  );
}

function Row({ session, onEnded }: { session: SessionView; onEnded: () => void }) {
  const { t } = useTranslation();
  const { timeZone } = useUser();
  const [end, { isLoading, error }] = useDeleteSessionsByIdMutation();
  const finish = async () => {
    const answer = await end({ id: session.id });
    if (!answer.error) onEnded();
  };
  return (
    <Item
      card
      icon={<DeviceIcon session={session} />}
      error={error}
      title={
        <>
          {session.device} {session.current ? <Badge>{t("sessions.current")}</Badge> : null}
        </>
      }
      note={
        <>
          {t(`sessions.sessionType.${session.sessionType}`)} · <span className="break-all">{session.ip}</span>{" "}
          · {t("sessions.active", { when: "" })}
          <When at={session.lastSeenAt} timeZone={timeZone} />
          <span className="hidden sm:inline">
            {" "}
            · {t("sessions.signedIn", { when: "" })}
            <When at={session.createdAt} timeZone={timeZone} />
          </span>
        </>
      }
    >
      {session.current ? null : (
        <Button
          look="quiet"
          busy={isLoading}
          aria-label={t("sessions.endLabel", { device: session.device })}
          onClick={() => void finish()}
        >
          {t("sessions.end")}
        </Button>
      )}
    </Item>
  );
}

function DeviceIcon({ session }: { session: SessionView }) {
  if (/iOS|Android|Mobile/.test(session.device)) return <PhoneIcon />;
  return session.sessionType === "token" ? <TerminalIcon /> : <LaptopIcon />;
}

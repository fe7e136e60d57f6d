import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useCurrentUserQuery } from "../../api";
import { sessionEndsAt } from "../../api/sessionEnd";
import { Alert } from "../../ui/Alert";

const NOTICE_MS = 5 * 60_000;
const LOOK_EVERY_MS = 15_000;

/**
 * A warning in the last five minutes of an unused session, with a button that keeps it (WCAG 2.2.1). It sends no
 * requests by itself: a page that polls would keep the session alive.
 */
export function SessionEnding() {
  const { t } = useTranslation();
  const { refetch, isFetching } = useCurrentUserQuery();
  const [left, setLeft] = useState(Infinity);
  useEffect(() => {
    const look = () => setLeft((sessionEndsAt() ?? Infinity) - Date.now());
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (sessionEndsAt() === undefined) void refetch();
  }, [refetch]);
  if (left > NOTICE_MS || left <= 0) return null;
  const stay = async () => {
    await refetch();
    setLeft(Infinity);
  };
  return (
    <Alert
      text={t("sessions.ending", { count: Math.max(1, Math.ceil(left / 60_000)) })}
      action={t("sessions.stay")}
      busy={isFetching}
      onAction={() => void stay()}
    />
  );
}

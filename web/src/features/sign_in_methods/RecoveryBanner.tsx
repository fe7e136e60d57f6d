import { useTranslation } from "react-i18next";

import { useGetAccountMethodsQuery, usePostAccountCancelRecoveryMutation } from "../../api";
import { Button } from "../../ui/Button";
import { exact } from "../../ui/When";
import { useUser } from "../session/useUser";

/** A warning on every account page while a removal of the second factor is pending, which the owner can stop here. */
export function RecoveryBanner() {
  const { t, i18n } = useTranslation();
  const { timeZone } = useUser();
  const recovery = useGetAccountMethodsQuery().data?.recovery;
  const [stop, { isLoading }] = usePostAccountCancelRecoveryMutation();
  if (!recovery) return null;
  return (
    <div
      role="alert"
      className="mb-6 flex flex-wrap items-center justify-between gap-4 rounded-xl bg-warning-soft px-4 py-3 text-warning"
    >
      <p className="min-w-60 flex-1 leading-relaxed">
        {t("methods.recovery.running", { date: exact(recovery.readyAt, i18n.language, timeZone) })}
      </p>
      <Button look="quiet" busy={isLoading} onClick={() => void stop({ cancelRecoveryRequest: {} })}>
        {t("methods.recovery.stop")}
      </Button>
    </div>
  );
}

import { useTranslation } from "react-i18next";

import { useGetAccountMethodsQuery, usePostAccountCancelRecoveryMutation } from "../../api";
import { Alert } from "../../ui/Alert";
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
    <Alert
      text={t("methods.recovery.running", { date: exact(recovery.readyAt, i18n.language, timeZone) })}
      action={t("methods.recovery.stop")}
      busy={isLoading}
      onAction={() => void stop({ cancelRecoveryRequest: {} })}
    />
  );
}

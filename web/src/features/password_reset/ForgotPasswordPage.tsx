import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";

import { Button, TextLink } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { RequestLink } from "./RequestLink";

export default function ForgotPasswordPage() {
  const { t } = useTranslation();
  const typed = (useLocation().state as { email?: string } | null)?.email ?? "";
  const [sentTo, setSentTo] = useState<string>();
  return (
    <>
      {sentTo === undefined ? (
        <>
          <Heading title={t("forgot.title")} lead={t("forgot.lead")} />
          <RequestLink email={typed.includes("@") ? typed : ""} onSent={setSentTo} />
        </>
      ) : (
        <>
          <Heading title={t("forgot.sentTitle")} lead={t("forgot.sentLead", { email: sentTo })} />
          <Button look="quiet" className="w-full" onClick={() => setSentTo(undefined)}>
            {t("forgot.again")}
          </Button>
        </>
      )}
      <p className="mt-6 text-center text-[0.95rem]">
        <TextLink to="/auth/sign-in">{t("forgot.back")}</TextLink>
      </p>
    </>
  );
}

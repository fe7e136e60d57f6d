import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useCurrentUserQuery, usePostAuthVerifyEmailMutation } from "../../api";
import { asProblem } from "../../api/problem";
import { Button, ButtonLink } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { ResendCode } from "./ResendCode";

interface Props {
  token: string;
  email: string;
  onConfirmed: () => void;
}

/** Confirms by the link. Opening it changes nothing (mail scanners open links, too): a button confirms. */
export function ConfirmByLink({ token, email, onConfirmed }: Props) {
  const { t } = useTranslation();
  const { data: user } = useCurrentUserQuery();
  const [isTaken, setTaken] = useState(false);
  const [verify, { isLoading, error }] = usePostAuthVerifyEmailMutation();
  const confirm = async (isMine: boolean) => {
    const answer = await verify({ verifyEmailRequest: { token, keepFactors: isMine } });
    if (answer.error) return;
    if (isMine) onConfirmed();
    else setTaken(true);
  };
  if (isTaken) return <TakenOver email={email} />;
  const isOver = error !== undefined && asProblem(error).code.endsWith("_code");
  if (isOver) {
    return (
      <>
        <Heading title={t("verify.failedTitle")} lead={t("verify.failedLead")} />
        <div className="space-y-5">
          <ProblemNotice error={error} />
          <ResendCode email={email} />
        </div>
      </>
    );
  }
  return (
    <>
      <Heading
        title={t("verify.linkTitle")}
        lead={t(user ? "verify.linkLead" : "verify.linkLeadSignedOut")}
      />
      <div className="space-y-3">
        {error ? <ProblemNotice error={error} /> : null}
        <Button busy={isLoading} className="w-full" onClick={() => void confirm(true)}>
          {t("verify.linkSubmit")}
        </Button>
        {user ? null : (
          <Button look="ghost" busy={isLoading} className="w-full" onClick={() => void confirm(false)}>
            {t("verify.linkNotMine")}
          </Button>
        )}
      </div>
    </>
  );
}

/** Another person had registered this address: their setup was removed, and the owner needs a password. */
function TakenOver({ email }: { email: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("verify.takenTitle")} lead={t("verify.takenLead")} />
      <ButtonLink to="/auth/forgot-password" state={{ email }} replace className="w-full">
        {t("verify.takenSubmit")}
      </ButtonLink>
    </>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useCurrentUserQuery, usePostAuthVerifyEmailMutation } from "../../api";
import { asProblem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { ResendCode } from "./ResendCode";

interface Props {
  token: string;
  email: string;
  onConfirmed: () => void;
}

/** Opening the link changes nothing (mail scanners open links too); the button does. */
export function ConfirmByLink({ token, email, onConfirmed }: Props) {
  const { t } = useTranslation();
  const { data: user } = useCurrentUserQuery();
  const [keep, setKeep] = useState(false);
  const [verify, { isLoading, error }] = usePostAuthVerifyEmailMutation();
  const confirm = async () => {
    const answer = await verify({ verifyEmailRequest: { token, keepFactors: keep } });
    if (!answer.error) onConfirmed();
  };
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
      <Heading title={t("verify.linkTitle")} lead={t("verify.linkLead")} />
      <div className="space-y-5">
        {error ? <ProblemNotice error={error} /> : null}
        {user ? null : (
          <label className="flex items-start gap-3 rounded-xl bg-sunken px-4 py-3 text-[0.95rem] leading-relaxed">
            <input
              type="checkbox"
              className="mt-0.5 size-5 shrink-0 accent-primary"
              checked={keep}
              onChange={(event) => setKeep(event.target.checked)}
            />
            {t("verify.keepFactors")}
          </label>
        )}
        <Button busy={isLoading} className="w-full" onClick={() => void confirm()}>
          {t("verify.linkSubmit")}
        </Button>
      </div>
    </>
  );
}

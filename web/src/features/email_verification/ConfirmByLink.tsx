import { useTranslation } from "react-i18next";

import { usePostAuthVerifyEmailMutation } from "../../api";
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
  const [verify, { isLoading, error }] = usePostAuthVerifyEmailMutation();
  const confirm = async () => {
    const answer = await verify({ verifyEmailRequest: { token } });
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
        <Button busy={isLoading} className="w-full" onClick={() => void confirm()}>
          {t("verify.linkSubmit")}
        </Button>
      </div>
    </>
  );
}

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { api, usePostAuthResetPasswordMutation } from "../../api";
import { asProblem } from "../../api/problem";
import { useAppDispatch } from "../../app/store";
import { Button, ButtonLink } from "../../ui/Button";
import { Form } from "../../ui/Form";
import { Heading } from "../../ui/Page";
import { NewPasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import { useMailedToken } from "../../ui/useMailedToken";
import { tellOtherTabs } from "../session/tabs";
import { RequestLink } from "./RequestLink";

type Stage = "choose" | "done" | "over" | "sent";

/** The page of the reset link, with its token in the fragment, or in the path as in older links. */
export default function ResetPasswordPage() {
  const { t } = useTranslation();
  const inPath = useParams().token;
  const token = useMailedToken(inPath);
  const [stage, setStage] = useState<Stage>(token ? "choose" : "over");
  const [problem, setProblem] = useState<unknown>();
  const [sentTo, setSentTo] = useState("");

  if (stage === "done") {
    return (
      <>
        <Heading title={t("reset.doneTitle")} lead={t("reset.doneLead")} />
        <ButtonLink to="/auth/sign-in" replace className="w-full">
          {t("signIn.submit")}
        </ButtonLink>
      </>
    );
  }
  if (stage === "sent")
    return <Heading title={t("forgot.sentTitle")} lead={t("forgot.sentLead", { email: sentTo })} />;
  if (stage === "over") {
    const kind = token ? "expired" : "missing";
    return (
      <>
        <Heading title={t(`reset.${kind}Title`)} lead={t(`reset.${kind}Lead`)} />
        <div className="space-y-5">
          {problem ? <ProblemNotice error={problem} /> : null}
          <RequestLink
            email=""
            onSent={(email) => {
              setSentTo(email);
              setStage("sent");
            }}
          />
        </div>
      </>
    );
  }
  return (
    <ChoosePassword
      token={token ?? ""}
      onDone={() => setStage("done")}
      onOver={(error) => {
        setProblem(error);
        setStage("over");
      }}
    />
  );
}

interface ChooseProps {
  token: string;
  onDone: () => void;
  onOver: (error: unknown) => void;
}

function ChoosePassword({ token, onDone, onOver }: ChooseProps) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { newPassword } = useRules();
  const [reset] = usePostAuthResetPasswordMutation();
  const form = useForm({ password: "" }, { password: newPassword }, async ({ password }) => {
    const { error } = await reset({ resetPasswordRequest: { token, password } });
    if (error && asProblem(error).code.endsWith("_code")) onOver(error);
    else if (error) return error;
    else {
      dispatch(api.util.invalidateTags(["User"]));
      tellOtherTabs();
      onDone();
    }
    return undefined;
  });
  return (
    <>
      <Heading title={t("reset.title")} lead={t("reset.lead")} />
      <Form form={form}>
        <NewPasswordField label={t("fields.newPassword")} {...form.text("password")} />
        <Button type="submit" busy={form.busy} className="w-full">
          {t("reset.submit")}
        </Button>
      </Form>
    </>
  );
}

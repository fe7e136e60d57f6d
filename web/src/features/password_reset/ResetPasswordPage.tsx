import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { api, useGetConfigQuery, usePostAuthResetPasswordMutation } from "../../api";
import { asProblem } from "../../api/problem";
import { useAppDispatch } from "../../app/store";
import { Button, ButtonLink } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useMailedToken } from "../../ui/useMailedToken";
import { useServerErrors } from "../../ui/useServerErrors";
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
  const minimum = useGetConfigQuery().data?.passwordMinLength ?? 8;
  const [reset, { isLoading }] = usePostAuthResetPasswordMutation();
  const form = useForm({ defaultValues: { password: "" } });
  const { general, show, clear } = useServerErrors(form, minimum);
  const submit = form.handleSubmit(async ({ password }) => {
    clear();
    const answer = await reset({ resetPasswordRequest: { token, password } });
    if (answer.error) {
      if (asProblem(answer.error).code.endsWith("_code")) onOver(answer.error);
      else show(answer.error);
      return;
    }
    dispatch(api.util.invalidateTags(["User"]));
    tellOtherTabs();
    onDone();
  });
  return (
    <>
      <Heading title={t("reset.title")} lead={t("reset.lead")} />
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
        {general ? <ProblemNotice error={general} /> : null}
        <PasswordField
          label={t("fields.newPassword")}
          hint={t("fields.passwordHint", { count: minimum })}
          autoComplete="new-password"
          error={form.formState.errors.password?.message}
          {...form.register("password", {
            required: t("errors.required"),
            minLength: { value: minimum, message: t("errors.password_too_short", { count: minimum }) },
          })}
        />
        <Button type="submit" busy={isLoading} className="w-full">
          {t("reset.submit")}
        </Button>
      </form>
    </>
  );
}

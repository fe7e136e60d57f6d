import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { useGetConfigQuery, usePostAuthChangePasswordMutation } from "../../api";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Heading, Section } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { useUser } from "../session/useUser";
import { DeleteAccount } from "./DeleteAccount";

export default function SecurityPage() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("account.security")} />
      <div className="space-y-6">
        <Section title={t("security.passwordTitle")} lead={t("security.passwordLead")}>
          <ChangePassword />
        </Section>
        <Section title={t("security.deleteTitle")} lead={t("security.deleteLead")}>
          <DeleteAccount />
        </Section>
      </div>
    </>
  );
}

function ChangePassword() {
  const { t } = useTranslation();
  const user = useUser();
  const minimum = useGetConfigQuery().data?.passwordMinLength ?? 8;
  const [change, { isLoading, isSuccess }] = usePostAuthChangePasswordMutation();
  const form = useForm({ defaultValues: { currentPassword: "", newPassword: "" } });
  const { general, show, clear } = useServerErrors(form, minimum);
  const { errors, isDirty } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    clear();
    const answer = await change({ changePasswordRequest: values });
    if (answer.error) show(answer.error);
    else form.reset();
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      {general ? <ProblemNotice error={general} /> : null}
      {isSuccess && !isDirty ? <Notice tone="success">{t("security.changed")}</Notice> : null}
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      <div className="grid gap-5 sm:grid-cols-2">
        <PasswordField
          label={t("fields.currentPassword")}
          autoComplete="current-password"
          error={errors.currentPassword?.message}
          {...form.register("currentPassword", { required: t("errors.required") })}
        />
        <PasswordField
          label={t("fields.newPassword")}
          hint={t("fields.passwordHint", { count: minimum })}
          autoComplete="new-password"
          error={errors.newPassword?.message}
          {...form.register("newPassword", {
            required: t("errors.required"),
            minLength: { value: minimum, message: t("errors.password_too_short", { count: minimum }) },
          })}
        />
      </div>
      <Button type="submit" busy={isLoading}>
        {t("security.submit")}
      </Button>
    </form>
  );
}

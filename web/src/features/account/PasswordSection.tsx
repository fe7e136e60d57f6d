import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import {
  useDeleteAccountPasswordMutation,
  useGetConfigQuery,
  usePostAuthChangePasswordMutation,
  type MethodsView,
} from "../../api";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Section } from "../../ui/Page";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { useUser } from "../session/useUser";

export function PasswordSection({ methods }: { methods: MethodsView }) {
  const { t } = useTranslation();
  return (
    <Section
      title={t("security.passwordTitle")}
      lead={t(methods.password ? "security.passwordLead" : "security.passwordNone")}
    >
      <ChangePassword has={methods.password} />
      {methods.password && methods.passkeys.length > 0 && !methods.totp ? <RemovePassword /> : null}
    </Section>
  );
}

function RemovePassword() {
  const { t } = useTranslation();
  const [remove, { isLoading, error }] = useDeleteAccountPasswordMutation();
  return (
    <div className="mt-6 space-y-4 border-t border-border pt-6">
      <p className="text-[0.95rem] text-muted">{t("security.removeLead")}</p>
      {error ? <ProblemNotice error={error} /> : null}
      <Button look="quiet" busy={isLoading} onClick={() => void remove()}>
        {t("security.remove")}
      </Button>
    </div>
  );
}

function ChangePassword({ has }: { has: boolean }) {
  const { t } = useTranslation();
  const user = useUser();
  const minimum = useGetConfigQuery().data?.passwordMinLength ?? 8;
  const [change, { isLoading, isSuccess }] = usePostAuthChangePasswordMutation();
  const form = useForm({ defaultValues: { currentPassword: "", newPassword: "" } });
  const { general, show, clear } = useServerErrors(form, minimum);
  const { errors, isDirty } = form.formState;
  const submit = form.handleSubmit(async ({ currentPassword, newPassword }) => {
    clear();
    const answer = await change({
      changePasswordRequest: has ? { currentPassword, newPassword } : { newPassword },
    });
    if (answer.error) show(answer.error);
    else form.reset();
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      {general ? <ProblemNotice error={general} /> : null}
      {isSuccess && !isDirty ? <Notice tone="success">{t("security.changed")}</Notice> : null}
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      <div className="grid gap-5 sm:grid-cols-2">
        {has ? (
          <PasswordField
            label={t("fields.currentPassword")}
            autoComplete="current-password"
            error={errors.currentPassword?.message}
            {...form.register("currentPassword", { required: t("errors.required") })}
          />
        ) : null}
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
        {t(has ? "security.submit" : "security.set")}
      </Button>
    </form>
  );
}

import { useTranslation } from "react-i18next";

import {
  useDeleteAccountPasswordMutation,
  usePostAuthChangePasswordMutation,
  type MethodsView,
} from "../../api";
import { Button } from "../../ui/Button";
import { FormSection, Username } from "../../ui/Form";
import { NewPasswordField, PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import { useUser } from "../session/useUser";

const EMPTY = { currentPassword: "", newPassword: "" };

/** Changes, sets or removes the password. */
export function PasswordSection({ methods }: { methods: MethodsView }) {
  const { t } = useTranslation();
  const user = useUser();
  const has = methods.password;
  const { required, newPassword: rule } = useRules();
  const [change] = usePostAuthChangePasswordMutation();
  const rules = { newPassword: rule, ...(has ? { currentPassword: required } : {}) };
  const form = useForm(EMPTY, rules, async ({ currentPassword, newPassword }, set) => {
    const { error } = await change({
      changePasswordRequest: has ? { currentPassword, newPassword } : { newPassword },
    });
    if (!error) set(EMPTY);
    return error;
  });
  return (
    <FormSection
      title={t("security.passwordTitle")}
      lead={t(has ? "security.passwordLead" : "security.passwordNone")}
      form={form}
      submit={t(has ? "security.submit" : "security.set")}
      saved={t("security.changed")}
      after={has && methods.passkeys.length > 0 && !methods.totp ? <RemovePassword /> : null}
    >
      <Username value={user.username} />
      {has ? (
        <PasswordField
          label={t("fields.currentPassword")}
          autoComplete="current-password"
          {...form.text("currentPassword")}
        />
      ) : null}
      <NewPasswordField label={t("fields.newPassword")} {...form.text("newPassword")} />
    </FormSection>
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

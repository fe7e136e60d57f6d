import { useTranslation } from "react-i18next";

import { useGetAccountMethodsQuery, usePatchAccountMutation, type SafeUser } from "../../api";
import { chooseLanguage, LANGUAGES, type Language } from "../../app/i18n";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { FormSection } from "../../ui/Form";
import { useRules } from "../../ui/rules";
import { useForm } from "../../ui/useForm";
import { signalAll } from "../login/passkeys";

export function DetailsForm({ user }: { user: SafeUser }) {
  const { t } = useTranslation();
  const { required } = useRules();
  const { data: methods } = useGetAccountMethodsQuery();
  const [change] = usePatchAccountMutation();
  const stored = detailsOf(user);
  const form = useForm(stored, { username: required }, async (values, set) => {
    const changed = Object.entries(values).filter(([name, value]) => value !== stored[name as keyof Details]);
    const answer = await change({
      accountChange: Object.fromEntries(changed.map(([name, value]) => [name, value || null])),
    });
    if (!answer.data) return answer.error;
    set(detailsOf(answer.data.user));
    if (methods?.passkeys.length) void signalAll(methods, values.username);
    if (values.locale) await chooseLanguage(values.locale as Language);
    return undefined;
  });
  return (
    <FormSection
      title={t("account.details")}
      lead={t("account.detailsLead")}
      form={form}
      submit={t("common.save")}
      saved={t("common.saved")}
    >
      <Field
        label={t("profile.firstName")}
        hint={t("common.optional")}
        autoComplete="given-name"
        {...form.text("firstName")}
      />
      <Field
        label={t("profile.lastName")}
        hint={t("common.optional")}
        autoComplete="family-name"
        {...form.text("lastName")}
      />
      <Field
        label={t("profile.displayName")}
        hint={t("profile.displayNameHint")}
        autoComplete="nickname"
        placeholder={joined(user)}
        {...form.text("name")}
      />
      <Field
        label={t("fields.username")}
        hint={t("fields.usernameHint")}
        autoComplete="username"
        spellCheck={false}
        {...form.text("username")}
      />
      <Choice label={t("common.language")} options={Object.entries(LANGUAGES)} {...form.text("locale")} />
      <Choice
        label={t("fields.timeZone")}
        options={Intl.supportedValuesOf("timeZone").map((zone) => [zone, zone])}
        {...form.text("timeZone")}
      />
    </FormSection>
  );
}

type Details = ReturnType<typeof detailsOf>;

/** The user's details as they are typed. A name that is only first and last name joined was not typed. */
function detailsOf(user: SafeUser) {
  return {
    firstName: user.firstName ?? "",
    lastName: user.lastName ?? "",
    name: user.name === joined(user) ? "" : (user.name ?? ""),
    username: user.username,
    locale: user.locale ?? "",
    timeZone: user.timeZone ?? "",
  };
}

function joined({ firstName, lastName }: { firstName: string | null; lastName: string | null }): string {
  return [firstName, lastName].filter(Boolean).join(" ");
}

import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { useGetAccountMethodsQuery, usePatchAccountMutation, type SafeUser } from "../../api";
import { chooseLanguage, LANGUAGES, type Language } from "../../app/i18n";
import { Button } from "../../ui/Button";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { signalAll } from "../login/passkeys";

export function DetailsForm({ user }: { user: SafeUser }) {
  const { t } = useTranslation();
  const { data: methods } = useGetAccountMethodsQuery();
  const [change, { isLoading, isSuccess }] = usePatchAccountMutation();
  const form = useForm<Details>({ defaultValues: detailsOf(user) });
  const { general, show, clear } = useServerErrors(form);
  const { errors, isDirty, dirtyFields } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    clear();
    const changed = Object.keys(dirtyFields) as (keyof Details)[];
    const answer = await change({
      accountChange: Object.fromEntries(changed.map((member) => [member, values[member] || null])),
    });
    if (!answer.data) {
      show(answer.error);
      return;
    }
    form.reset(detailsOf(answer.data.user));
    if (methods?.passkeys.length) void signalAll(methods, values.username);
    if (values.locale) await chooseLanguage(values.locale as Language);
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      {general ? <ProblemNotice error={general} /> : null}
      <div className="grid gap-5 sm:grid-cols-2">
        <Field
          label={t("profile.firstName")}
          hint={t("common.optional")}
          autoComplete="given-name"
          error={errors.firstName?.message}
          {...form.register("firstName")}
        />
        <Field
          label={t("profile.lastName")}
          hint={t("common.optional")}
          autoComplete="family-name"
          error={errors.lastName?.message}
          {...form.register("lastName")}
        />
        <Field
          label={t("profile.displayName")}
          hint={t("profile.displayNameHint")}
          autoComplete="nickname"
          placeholder={joined(user)}
          error={errors.name?.message}
          {...form.register("name")}
        />
        <Field
          label={t("fields.username")}
          hint={t("fields.usernameHint")}
          autoComplete="username"
          spellCheck={false}
          error={errors.username?.message}
          {...form.register("username", { required: t("errors.required") })}
        />
        <Choice
          label={t("common.language")}
          options={Object.entries(LANGUAGES)}
          {...form.register("locale")}
        />
        <Choice
          label={t("fields.timeZone")}
          options={Intl.supportedValuesOf("timeZone").map((zone) => [zone, zone])}
          {...form.register("timeZone")}
        />
      </div>
      <div className="flex flex-wrap items-center gap-4">
        <Button type="submit" busy={isLoading}>
          {t("common.save")}
        </Button>
        {isSuccess && !isDirty ? <Notice tone="success">{t("common.saved")}</Notice> : null}
      </div>
    </form>
  );
}

interface Details {
  firstName: string;
  lastName: string;
  name: string;
  username: string;
  locale: string;
  timeZone: string;
}

/** The user's details as they are typed. A name that is only first and last name joined was not typed. */
function detailsOf(user: SafeUser): Details {
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

import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";

import { usePatchAccountMutation, type ProfileFieldView, type SafeUser } from "../../api";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import ProfileInputs from "../profile_fields/ProfileInputs";
import { initialValues, typedValues, type FormValues } from "../profile_fields/values";

/** The profile fields that the operator has declared, with the user's values. */
export function ProfileFieldsForm({ user, fields }: { user: SafeUser; fields: ProfileFieldView[] }) {
  const { t } = useTranslation();
  const [change, { isLoading, isSuccess }] = usePatchAccountMutation();
  const form = useForm<{ profile: FormValues }>({
    defaultValues: { profile: initialValues(fields, user.profile) },
  });
  const { general, show, clear } = useServerErrors(form);
  const { errors, isDirty } = form.formState;
  const submit = form.handleSubmit(async ({ profile }) => {
    clear();
    const answer = await change({ accountChange: { profile: typedValues(fields, profile) } });
    if (answer.data) form.reset({ profile: initialValues(fields, answer.data.user.profile) });
    else show(answer.error);
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
      {general ? <ProblemNotice error={general} /> : null}
      <div className="grid items-start gap-5 sm:grid-cols-2">
        <ProfileInputs
          fields={fields}
          errors={errors.profile}
          register={(name, rules) => form.register(`profile.${name}`, rules)}
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

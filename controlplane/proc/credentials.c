/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/proc/credentials.h"

#include "controlplane/crypto/certificate.h"
#include "controlplane/policy/bundle.h"
#include "controlplane/policy/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

static int because(char why[CP_WHY_MAX], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int because(char why[CP_WHY_MAX], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CP_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static int check_pair(const struct cp_certificate *c, const struct cp_secret_tenant *s,
                      const char *name, char why[CP_WHY_MAX])
{
	int err = cp_certificate_fits(c, s->key_pem, s->key_pem_len);

	if (err == -EBADMSG)
		because(why, err,
		        "pki/%s.key: found no private key that can be read, expected one in "
		        "PEM "
		        "without a password",
		        name);
	else if (err == -EKEYREJECTED)
		because(why, err,
		        "pki/%s.key: found another key than that of pki/%s.crt, expected the "
		        "two "
		        "to be a pair",
		        name, name);
	else if (err)
		because(why, err, "pki/%s.crt: %s", name, strerror(-err));
	return err;
}

static int check_tenant(const struct cp_bundle *b, const struct cp_tenant *t,
                        const struct cp_secret_tenant *s, char why[CP_WHY_MAX])
{
	struct cp_certificate c = {0};
	const struct cp_bundle_file *file;
	char name[CP_NAME_MAX + 16];
	int err;

	if (!t->certificate[0])
		return 0;
	if (!s || !s->key_pem)
		return because(why, -EINVAL,
		               "pki/%s.key: found nothing, expected a private key",
		               t->certificate);
	snprintf(name, sizeof(name), "pki/%s.crt", t->certificate);
	file = cp_bundle_find(b, name);
	err = file ? cp_certificate_parse(file->at, file->len, &c) : -ENOENT;
	if (err == -EINVAL)
		because(why, err,
		        "pki/%s.crt: found no certificate that can be used, expected the "
		        "server's "
		        "certificate (RSA, or EC on P-256, P-384 or P-521) in PEM, then "
		        "intermediates",
		        t->certificate);
	else if (err)
		because(why, err, "pki/%s.crt: %s", t->certificate, strerror(-err));
	else
		err = check_pair(&c, s, t->certificate, why);
	cp_certificate_free(&c);
	return err;
}

int cp_credentials_fit(const struct cp_bundle *bundle, const struct cp_policy *policy,
                       const struct cp_secrets *secrets, char why[CP_WHY_MAX])
{
	int err = 0;

	for (uint32_t i = 0; i < policy->n_tenant && !err; i++)
		err = check_tenant(bundle, &policy->tenant[i],
		                   cp_secrets_tenant(secrets, policy->tenant[i].name), why);
	return err;
}

static int check_all(int bundle, const struct cp_policy *policy, char why[CP_WHY_MAX])
{
	struct cp_policy_error error = {0};
	struct cp_secrets *secrets = NULL;
	struct cp_bundle *b;
	int err = cp_bundle_open(bundle, &b);

	if (err)
		return because(why, err, "the documents: %s", strerror(-err));
	/* Nobody opens sealed values here: the key is the keys process'. */
	err = cp_secrets_from_bundle(b, policy, NULL, &secrets, &error);
	if (err)
		cp_policy_error_text(&error, why, CP_WHY_MAX);
	else
		err = cp_credentials_fit(b, policy, secrets, why);
	cp_secrets_free(secrets);
	cp_bundle_close(b);
	return err;
}

static void be_checker(int fd, int bundle, const struct cp_policy *policy)
{
	char why[CP_WHY_MAX] = "";
	int err = check_all(bundle, policy, why);

	if (err && write(fd, why, strlen(why)) < 0)
		_exit(2);
	_exit(err ? 1 : 0);
}

int cp_credentials_check(int bundle, const struct cp_policy *policy, char why[CP_WHY_MAX])
{
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return because(why, -errno, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		be_checker(fd[1], bundle, policy);
	close(fd[1]);
	n = pid < 0 ? 0 : read(fd[0], why, CP_WHY_MAX - 1);
	why[n > 0 ? n : 0] = '\0';
	close(fd[0]);
	if (pid < 0)
		return because(why, -EAGAIN, "fork: no process could be made");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (n <= 0)
		because(why, 0, "the look at secrets and certificates ended with status 0x%x",
		        (unsigned)status);
	return -EINVAL;
}

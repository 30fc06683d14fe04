/* SPDX-License-Identifier: Apache-2.0 */
#include "controlplane/keys/keys_file.h"

#include "common/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(int fd, mode_t never, size_t *size)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_mode & never)
		return -EPERM;
	if (st.st_size > KEYS_FILE_MAX)
		return -EFBIG;
	*size = (size_t)st.st_size;
	return 0;
}

static int read_all(int fd, char *to, size_t size, size_t *len)
{
	ssize_t n = 1;

	for (*len = 0; *len < size && n; *len += (size_t)n) {
		n = read(fd, to + *len, size - *len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return -errno;
		else if (n == 0)
			break;
	}
	to[*len] = '\0';
	return 0;
}

int keys_file_read(int directory, const char *name, mode_t never, char **out, size_t *len)
{
	/* O_NONBLOCK: a FIFO of that name must not hold us. */
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), err;
	size_t size = 0;
	char *text;

	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	err = check(fd, never, &size);
	text = err ? NULL : malloc(size + 1);
	if (!err)
		err = text ? read_all(fd, text, size, len) : -ENOMEM;
	close(fd);
	if (err) {
		if (text)
			wipe(text, size);
		free(text);
		return err;
	}
	*out = text;
	return 0;
}

static int write_all(int fd, const void *octets, size_t len)
{
	const char *at = octets;
	ssize_t n;

	while (len) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		at += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

int keys_file_write(int directory, const char *name, const void *octets, size_t len)
{
	char temporary[256];
	int fd, err;

	if (snprintf(temporary, sizeof(temporary), "%s.new", name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	/* What a former try left may be anything. */
	if (unlinkat(directory, temporary, 0) && errno != ENOENT)
		return -errno;
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	            0600);
	if (fd < 0)
		return -errno;
	err = write_all(fd, octets, len);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(directory, temporary, directory, name))
		err = -errno;
	if (err)
		unlinkat(directory, temporary, 0);
	else if (fsync(directory))
		err = -errno;
	return err;
}

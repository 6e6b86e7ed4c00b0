/*
 * The room in the spool's folder, and files in it that have no name: the system takes them back
 * when they are closed, also when the program is killed.
 */
#ifndef SINK_ROOM_H
#define SINK_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The least room, in bytes, that a part is begun in where nobody asked for smaller ones. */
#define ROOM_LEAST_PART (1024 * 1024)

/* Instead of a part's size: there are no parts. */
#define ROOM_ONE_FILE UINT64_MAX

/* Checks that it is a folder that files can be made in, without making one. Returns 0, or -1 with
 * the error set. */
int room_check(const char *folder);

/* How many bytes an ordinary user's files may still take in the folder; UINT64_MAX where the
 * system does not tell. Quotas may allow less. Returns 0, or -1 with the error set. */
int room_free(const char *folder, uint64_t *bytes);

/* What is left to others, in bytes, where so much is free. */
uint64_t room_spare(uint64_t room);

/*
 * How large the parts are to be, in bytes, of a drop of up to `upper` bytes in a folder that has
 * room for `room`: ROOM_ONE_FILE where it fits in, else about a quarter of the room, so that one
 * can be written while others wait, up to 4 GiB. 0 where not even a part of ROOM_LEAST_PART fits.
 */
uint64_t room_part_size(uint64_t room, uint64_t upper);

/* Makes a file to write and read, with mode 0600 and no name, closed on exec. The caller closes it.
 * Returns the descriptor, or -1 with errno and the error set. */
int room_file(const char *folder);

/* Writes 1 to len bytes (len > 0) at `offset`. Returns how many; 0 with errno set where it is full:
 * no room, the user's quota used up, or the file as large as one may be; -1 with the error set. */
ssize_t room_write(const char *folder, int fd, uint64_t offset, const void *buf, size_t len);

/* Reads len bytes (len > 0) that the file has at `offset`, or fewer. Returns how many, at least 1,
 * or -1 with the error set. */
ssize_t room_read(const char *folder, int fd, uint64_t offset, void *buf, size_t len);

/*
 * To be called when the file was written or read from one place to another, in bytes from its
 * start: all but the last 40 MiB before that leave the page cache, once the disk has them, where
 * the system has such a thing. Does not wait for that (os_drop_cached() in base/os.h).
 */
void room_passed(int fd, uint64_t from, uint64_t to);

/* Closes a file, which gives its room back. */
void room_close(int fd);

#endif

/* details - the replicas of an ensemble that are followed to the end and written in full: grains, intensity,
 * when each place along the axis crystallised, grain maps.
 *
 * They are run again on rank 0 with their own random numbers, so that they are the replicas of the table. */
#ifndef KMC_DETAILS_H
#define KMC_DETAILS_H

#include "base/results.h"
#include "kmc/setup.h"

/* Collective. Tables intensity and axis; groups /kmc/SCHEDULE_DIAMETERnm/REPLICA. */
int details_write(const struct setup *setup, struct results *out) MUST_CHECK;

#endif

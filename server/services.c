#include "server/services.h"

#include "shap/v1/audit.pb-c.h"
#include "shap/v1/carry.pb-c.h"
#include "shap/v1/checks.pb-c.h"
#include "shap/v1/comparisons.pb-c.h"
#include "shap/v1/directory.pb-c.h"
#include "shap/v1/erasures.pb-c.h"
#include "shap/v1/order.pb-c.h"
#include "shap/v1/plans.pb-c.h"
#include "shap/v1/publications.pb-c.h"
#include "shap/v1/ratings.pb-c.h"
#include "shap/v1/register.pb-c.h"
#include "shap/v1/reports.pb-c.h"
#include "shap/v1/returns.pb-c.h"
#include "shap/v1/reviews.pb-c.h"
#include "shap/v1/signoffs.pb-c.h"
#include "shap/v1/watch.pb-c.h"
#include "shap/v1/windows.pb-c.h"

const ProtobufCServiceDescriptor *const services[] = {
    &shap__v1__directory__descriptor, &shap__v1__register__descriptor,
    &shap__v1__plans__descriptor,     &shap__v1__returns__descriptor,
    &shap__v1__reviews__descriptor,   &shap__v1__reports__descriptor,
    &shap__v1__windows__descriptor,   &shap__v1__sign_offs__descriptor,
    &shap__v1__order__descriptor,     &shap__v1__publications__descriptor,
    &shap__v1__carry__descriptor,     &shap__v1__comparisons__descriptor,
    &shap__v1__ratings__descriptor,   &shap__v1__checks__descriptor,
    &shap__v1__events__descriptor,    &shap__v1__audit__descriptor,
    &shap__v1__erasures__descriptor,
};
const size_t n_services = sizeof services / sizeof *services;
